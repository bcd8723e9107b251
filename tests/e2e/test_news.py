"""News of real cameras, files and guesses reaches other systems, through the clock and the worker."""

import base64
import hashlib
import hmac
import json
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.alerts.receiver import Receiver, listening
from tests.e2e.cameras import Encoder
from tests.e2e.people import Person
from tests.e2e.tls_camera import FarCamera
from tests.e2e.waiting import eventually

Publish = Callable[..., Encoder]
GUESSER = "203.0.113.66"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with listening() as told:
        yield told


@pytest.fixture
def add_webhook(receiver: Receiver, sign_in: Callable[[str], Person]) -> Iterator[Callable[..., dict[str, Any]]]:
    """Tell the receiver of these events; the webhook with its secret. None stays."""
    admin = sign_in("admin")
    admin.elevate("News for the control room")
    made: list[int] = []

    def add(*events: str) -> dict[str, Any]:
        facts = {"name": "Control room", "url": receiver.url, "events": events}
        webhook: dict[str, Any] = admin.api("POST", "/webhooks/", json=facts, status=201)
        made.append(webhook["id"])
        return webhook

    yield add
    for number in made:
        admin.api("DELETE", f"/webhooks/{number}/", status=204)


def told_of(receiver: Receiver, kind: str, about: str) -> dict[str, Any] | None:
    """The first news of this kind that names this camera or address."""
    bodies = [body for _, _, body in receiver.requests if about in body.decode()]
    return next((news for news in map(json.loads, bodies) if news["type"] == kind), None)


def is_signed(request: tuple[str, dict[str, str], bytes], secret: str) -> bool:
    _, headers, body = request
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    own = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return hmac.compare_digest(own, headers["webhook-signature"])


def test_a_camera_that_comes_and_goes_is_told_of_with_its_recordings(
    operator: Person,
    sign_in: Callable[[str], Person],
    publish: Publish,
    ingest: str,
    receiver: Receiver,
    add_webhook: Callable[..., dict[str, Any]],
) -> None:
    camera = operator.enrol()
    kinds = ("camera.online", "camera.offline", "recording.started", "recording.finished")
    webhook = add_webhook(*kinds)

    encoder = publish(f"{ingest}/{camera.stream}")
    eventually(lambda: told_of(receiver, "recording.started", camera.public_id), seconds=30)
    encoder.stop()
    eventually(lambda: all(told_of(receiver, kind, camera.public_id) for kind in kinds), seconds=30)

    assert all(is_signed(request, webhook["secret"]) for request in receiver.requests)
    assert camera.key not in repr(receiver.requests)
    log = sign_in("admin").api("GET", "/webhook-deliveries/", params={"webhook": webhook["id"], "page_size": 100})[
        "results"
    ]
    assert {one["event_id"] for one in log} >= {request[1]["webhook-id"] for request in receiver.requests}


def test_news_that_was_not_taken_comes_again(
    operator: Person,
    publish: Publish,
    ingest: str,
    receiver: Receiver,
    add_webhook: Callable[..., dict[str, Any]],
) -> None:
    camera = operator.enrol()
    add_webhook("camera.online")
    receiver.status = 503

    publish(f"{ingest}/{camera.stream}")
    eventually(lambda: told_of(receiver, "camera.online", camera.public_id))
    receiver.status = 200

    def tries() -> list[str]:
        return [headers["webhook-id"] for _, headers, body in receiver.requests if camera.public_id in body.decode()]

    eventually(lambda: len(tries()) > 1, seconds=30)
    assert len(set(tries())) == 1


def test_who_guesses_names_of_cameras_is_told_of_with_what_would_be_done(
    sign_in: Callable[[str], Person],
    publish: Publish,
    receiver: Receiver,
    add_webhook: Callable[..., dict[str, Any]],
) -> None:
    admin = sign_in("admin")
    add_webhook("security.event")

    with FarCamera(address=GUESSER, port=int(os.environ["VMS_RTMP_PROXY_PORT"])) as way:
        guesses = [publish(f"rtmp://127.0.0.1:{way.port}/ingest/guess{number}?key=guess") for number in range(12)]
        assert all(guess.ended() != 0 for guess in guesses)
        news = eventually(lambda: told_of(receiver, "security.event", GUESSER), seconds=30)

    assert news["data"]["rule"] == "key_guessing"
    found = admin.api("GET", "/security-events/", params={"address": GUESSER})["results"]
    assert [(one["rule"], one["response"], one["response_state"]) for one in found] == [
        ("key_guessing", "block_address", "dry_run")
    ]
    assert "guess" in repr(found[0]["facts"]["examples"])
