"""Access rules through the real nginx: for pages, the API, players and cameras."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
import pytest

from tests.e2e.cameras import Encoder
from tests.e2e.people import EnrolledCamera, Person
from tests.e2e.tls_camera import FarCamera
from tests.e2e.waiting import eventually

Publish = Callable[..., Encoder]
PROXY = "127.0.0.9"  # compose/local/test.py trusts it
HERE, THERE = "203.0.113.7", "198.51.100.9"


@pytest.fixture
def deny(sign_in: Callable[[str], Person]) -> Iterator[Callable[..., None]]:
    """Add a rule that turns somebody away: `deny(HERE, "playback")`; none stays."""
    admin = sign_in("admin")
    made: list[int] = []

    def add(network: str, surface: str) -> None:
        rule: dict[str, Any] = {"action": "deny", "network": network, "surface": surface}
        made.append(admin.api("POST", "/access-rules/", json=rule, status=201)["id"])

    yield add
    for number in made:
        admin.api("DELETE", f"/access-rules/{number}/", status=204)


@contextmanager
def player_at(address: str, portal: str) -> Iterator[httpx2.Client]:
    """A client that comes from somewhere through the proxy."""
    transport = httpx2.HTTPTransport(local_address=PROXY)
    headers = {"X-Forwarded-For": address}
    with httpx2.Client(transport=transport, base_url=portal, headers=headers, timeout=20) as client:
        yield client


@pytest.fixture
def camera(operator: Person, publish: Publish, ingest: str) -> EnrolledCamera:
    """Publishing, and watched."""
    camera = operator.enrol()
    publish(f"{ingest}/{camera.stream}")
    live = operator.play(camera, "live")
    eventually(lambda: operator.get(live).status_code == 200)
    return camera


def test_a_cached_yes_of_one_address_lets_no_other_in(
    operator: Person, camera: EnrolledCamera, deny: Callable[..., None], portal: str
) -> None:
    live = operator.play(camera, "live")
    with player_at(HERE, portal) as here, player_at(THERE, portal) as there:
        assert [one.get(live).status_code for one in (here, there)] == [200, 200]

        deny(HERE, "playback")

        eventually(lambda: here.get(live).status_code == 403)
        for _ in range(5):
            assert [one.get(live).status_code for one in (there, here)] == [200, 403]


def test_nobody_reads_a_recordings_playlist_from_a_denied_address(
    operator: Person, camera: EnrolledCamera, deny: Callable[..., None], portal: str
) -> None:
    deny(HERE, "playback")
    recorded = operator.play(camera, "recorded")
    span = {"start": "2024-01-01T00:00:00Z", "end": "2024-01-01T01:00:00Z"}
    with player_at(HERE, portal) as here, player_at(THERE, portal) as there:
        eventually(lambda: here.get(recorded, params=span).status_code == 403)
        assert there.get(recorded, params=span).status_code == 404  # let in, and nothing was recorded then


def test_pages_and_api_are_shut_for_a_denied_address_alone(deny: Callable[..., None], portal: str) -> None:
    deny("203.0.113.0/24", "portal")
    deny("203.0.113.0/24", "api")
    with player_at(HERE, portal) as here, player_at(THERE, portal) as there:
        eventually(lambda: here.get("/sign-in/").status_code == 403)
        assert HERE in here.get("/sign-in/").text
        eventually(lambda: here.get("/api/v1/cameras/").status_code == 403)
        assert here.get("/api/v1/cameras/").json()["type"] == "urn:vms:problem:address-refused"
        assert here.get("/healthz").status_code == 200
        assert there.get("/sign-in/").status_code == 200
    assert httpx2.get(f"{portal}/sign-in/", trust_env=False).status_code == 200


def test_a_camera_at_a_denied_address_is_refused_and_one_that_publishes_ends(
    operator: Person, publish: Publish, deny: Callable[..., None]
) -> None:
    camera = operator.enrol()
    with FarCamera(address=HERE, port=int(os.environ["VMS_RTMP_PROXY_PORT"])) as way:
        encoder = publish(f"rtmp://127.0.0.1:{way.port}/ingest/{camera.stream}")
        eventually(lambda: operator.is_online(camera))

        deny("203.0.113.0/24", "publish")

        assert encoder.ended() != 0
        session = operator.sessions(camera)[0]
        assert (session["end_reason"], session["address"]) == ("refused_address", HERE)
        assert publish(f"rtmp://127.0.0.1:{way.port}/ingest/{camera.stream}").ended() != 0
        attempt = eventually(lambda: operator.attempts(camera))[0]
        assert (attempt["cause"], attempt["address"]) == ("refused_address", HERE)
