"""Who may publish: real encoders knock on the real node, and the camera's page learns why they were refused."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from tests.e2e.cameras import Encoder
from tests.e2e.people import Person
from tests.e2e.waiting import eventually

Publish = Callable[..., Encoder]


def refused(encoder: Encoder) -> bool:
    """Whether the node closed the connection instead of taking the video."""
    return encoder.ended() != 0


def test_a_camera_with_its_key_comes_online_and_goes_offline(operator: Person, publish: Publish, ingest: str) -> None:
    camera = operator.enrol()
    assert not operator.is_online(camera)
    encoder = publish(f"{ingest}/{camera.stream}")
    eventually(lambda: operator.is_online(camera))
    session = operator.sessions(camera)[0]
    assert (session["state"], session["address"]) == ("flowing", "127.0.0.1")
    encoder.stop()
    eventually(lambda: not operator.is_online(camera), seconds=5)
    assert operator.sessions(camera)[0]["end_reason"] == "publisher_closed"
    history = operator.api("GET", f"/cameras/{camera.public_id}/status-changes/")["results"]
    assert [change["status"] for change in history] == ["offline", "online"]


@pytest.mark.parametrize(
    ("query", "cause"), [("?key=not-the-key", "wrong_key"), ("", "missing_key"), ("?token=abc", "missing_key")]
)
def test_a_bad_key_is_refused_and_the_cause_is_there_at_once(
    operator: Person, publish: Publish, ingest: str, query: str, cause: str
) -> None:
    camera = operator.enrol()
    assert refused(publish(f"{ingest}/{camera.public_id}{query}"))
    attempt = eventually(lambda: operator.attempts(camera), seconds=1)[0]
    assert (attempt["cause"], attempt["address"]) == (cause, "127.0.0.1")
    assert operator.sessions(camera) == []
    assert operator.recordings(camera) == []


def test_an_expired_key_is_refused(operator: Person, publish: Publish, ingest: str) -> None:
    camera = operator.enrol()
    soon = (datetime.now(UTC) + timedelta(seconds=2)).isoformat()
    wish = {"camera": camera.public_id, "expires_at": soon}
    key = operator.api("POST", "/stream-keys/", json=wish, status=201)["secret"]
    eventually(lambda: datetime.now(UTC).isoformat() > soon)
    assert refused(publish(f"{ingest}/{camera.public_id}?key={key}"))
    assert operator.attempts(camera)[0]["cause"] == "expired_key"


def test_a_revoked_key_is_refused_and_ends_a_running_publish(operator: Person, publish: Publish, ingest: str) -> None:
    camera = operator.enrol()
    encoder = publish(f"{ingest}/{camera.stream}")
    eventually(lambda: operator.is_online(camera))
    operator.api("DELETE", f"/stream-keys/{camera.key_id}/", status=204)
    assert encoder.ended(seconds=3) != 0
    assert operator.sessions(camera)[0]["end_reason"] == "key_revoked"
    assert not operator.is_online(camera)
    assert refused(publish(f"{ingest}/{camera.stream}"))
    assert operator.attempts(camera)[0]["cause"] == "revoked_key"


def test_during_a_rotation_the_old_key_and_the_new_one_both_work(
    operator: Person, publish: Publish, ingest: str
) -> None:
    camera = operator.enrol()
    fresh = operator.api("POST", "/stream-keys/", json={"camera": camera.public_id}, status=201)["secret"]
    for stream in (camera.stream, f"{camera.public_id}?key={fresh}"):
        encoder = publish(f"{ingest}/{stream}")
        eventually(lambda: operator.is_online(camera))
        encoder.stop()
        eventually(lambda: not operator.is_online(camera))


def test_a_deactivated_camera_is_cut_and_refused_until_it_is_reactivated(
    operator: Person, publish: Publish, ingest: str
) -> None:
    camera = operator.enrol()
    encoder = publish(f"{ingest}/{camera.stream}")
    eventually(lambda: operator.is_online(camera))
    operator.api("POST", f"/cameras/{camera.public_id}/deactivation/")
    assert encoder.ended(seconds=3) != 0
    assert refused(publish(f"{ingest}/{camera.stream}"))
    assert operator.attempts(camera)[0]["cause"] == "inactive_camera"
    operator.api("POST", f"/cameras/{camera.public_id}/reactivation/")
    publish(f"{ingest}/{camera.stream}")
    eventually(lambda: operator.is_online(camera))


@pytest.mark.parametrize("name", ["nosuchcamera", "a/b", "..", "../../etc/x"])
def test_a_name_that_no_camera_has_is_refused_and_leaves_nothing_behind(
    publish: Publish, ingest: str, sign_in: Callable[[str], Person], name: str, root: object
) -> None:
    from pathlib import Path

    hls = Path(str(root)) / "run" / "hls"
    before = {path.name for path in hls.parent.rglob("*") if "etc" in path.name or "nosuch" in path.name}
    assert refused(publish(f"{ingest}/{name}?key=abcdef"))
    after = {path.name for path in hls.parent.rglob("*") if "etc" in path.name or "nosuch" in path.name}
    assert after == before == set()


def test_an_unknown_camera_is_shown_to_people_who_look_after_nodes(
    publish: Publish, ingest: str, sign_in: Callable[[str], Person]
) -> None:
    assert refused(publish(f"{ingest}/strangername?key=abcdef"))
    found = sign_in("admin").api("GET", "/publish-attempts/")["results"]
    assert any((one["presented_name"], one["cause"]) == ("strangername", "unknown_camera") for one in found)


def test_a_second_publisher_is_refused_and_the_first_goes_on(operator: Person, publish: Publish, ingest: str) -> None:
    camera = operator.enrol()
    first = publish(f"{ingest}/{camera.stream}")
    eventually(lambda: operator.is_online(camera))
    recording = eventually(lambda: operator.recordings(camera))[0]
    playlist = operator.play(camera, "live")
    eventually(lambda: operator.get(playlist).status_code == 200)
    assert refused(publish(f"{ingest}/{camera.stream}", source="smptebars"))
    assert operator.attempts(camera)[0]["cause"] == "already_publishing"
    assert first.runs
    assert operator.is_online(camera)
    assert [session["state"] for session in operator.sessions(camera)] == ["flowing"]
    assert operator.recordings(camera)[-1]["id"] == recording["id"]
    older = operator.get(playlist).text
    eventually(lambda: operator.get(playlist).text != older, seconds=6)


def test_a_camera_whose_network_went_away_may_come_back(operator: Person, publish: Publish, ingest: str) -> None:
    camera = operator.enrol()
    frozen = publish(f"{ingest}/{camera.stream}")
    eventually(lambda: operator.is_online(camera))
    frozen.freeze()

    def comes_back() -> bool:
        encoder = publish(f"{ingest}/{camera.stream}")
        eventually(lambda: not encoder.runs or len(operator.sessions(camera)) == 2, seconds=10)
        return encoder.runs

    eventually(comes_back, seconds=30, every=1)
    eventually(lambda: operator.is_online(camera))
    frozen.kill()
    assert operator.sessions(camera)[1]["end_reason"] in ("idle_socket", "publisher_closed", "superseded")
