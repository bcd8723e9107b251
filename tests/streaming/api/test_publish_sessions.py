"""GET /api/v1/publish-sessions/ and /api/v1/publish-sessions/{id}/"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from cameras.models import Camera
from streaming.choices import EndReason, SessionState
from streaming.models import MediaNode, PublishSession

URL = "/api/v1/publish-sessions/"
NOON = datetime(2030, 1, 31, 12, tzinfo=UTC)


@pytest.fixture
def make_session(node: MediaNode) -> Callable[..., PublishSession]:
    """A publish that was admitted so many minutes after noon and ended a minute later."""

    def make(camera: Camera, minute: int = 0, **facts: Any) -> PublishSession:
        at = NOON + timedelta(minutes=minute)
        return PublishSession.objects.create(
            **{
                "camera": camera,
                "node": node,
                "nginx_pid": 1,
                "client_id": 7,
                "address": "192.0.2.7",
                "encoder": "FMLE/3.0",
                "state": SessionState.ENDED,
                "admitted_at": at,
                "last_update_at": at,
                "ended_at": at + timedelta(minutes=1),
                "end_reason": EndReason.KEY_REVOKED,
                **facts,
            }
        )

    return make


def test_a_viewer_reads_who_published_and_why_it_ended(
    api_of: Callable[..., APIClient], viewer: User, camera: Camera, make_session: Callable[..., PublishSession]
) -> None:
    session = make_session(camera)
    told = api_of(viewer).get(f"{URL}{session.pk}/").json()
    assert told == {
        "id": str(session.pk),
        "camera": camera.public_id,
        "node": "local",
        "address": None,
        "encoder": "",
        "state": "ended",
        "trouble": "",
        "trouble_label": "",
        "admitted_at": "2030-01-31T12:00:00.000Z",
        "flowing_at": None,
        "last_update_at": "2030-01-31T12:00:00.000Z",
        "ended_at": "2030-01-31T12:01:00.000Z",
        "end_reason": "key_revoked",
        "end_reason_label": "Its stream key was revoked",
    }


def test_from_where_is_told_to_those_who_connect_cameras(
    api_of: Callable[..., APIClient], operator: User, camera: Camera, make_session: Callable[..., PublishSession]
) -> None:
    told = api_of(operator).get(f"{URL}{make_session(camera).pk}/").json()
    assert (told["address"], told["encoder"]) == ("192.0.2.7", "FMLE/3.0")


def test_the_newest_comes_first(
    api_of: Callable[..., APIClient], viewer: User, camera: Camera, make_session: Callable[..., PublishSession]
) -> None:
    made = [make_session(camera, minute) for minute in range(3)]
    told = api_of(viewer).get(URL, {"camera": camera.public_id}).json()
    assert [session["id"] for session in told["results"]] == [str(session.pk) for session in reversed(made)]


def test_the_oldest_come_first_when_asked_page_by_page(
    api_of: Callable[..., APIClient], viewer: User, camera: Camera, make_session: Callable[..., PublishSession]
) -> None:
    made = [str(make_session(camera, minute).pk) for minute in range(5)]
    client = api_of(viewer)
    page = client.get(URL, {"ordering": "admitted_at", "page_size": 3}).json()
    rest = client.get(page["next"]).json()
    assert [session["id"] for session in page["results"] + rest["results"]] == made


def test_an_order_that_there_is_not_is_told(
    api_of: Callable[..., APIClient], viewer: User, problem_of: Callable[..., dict[str, Any]]
) -> None:
    told = problem_of(api_of(viewer).get(URL, {"ordering": "camera"}), 400, "invalid")
    assert [error["pointer"] for error in told["errors"]] == ["/ordering"]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"node": "local"}, 1),
        ({"node": "other"}, 0),
        ({"end_reason": "key_revoked"}, 1),
        ({"end_reason": "idle_socket"}, 0),
        ({"trouble": "no_data"}, 0),
    ],
)
def test_node_end_and_trouble_narrow_the_list(
    api_of: Callable[..., APIClient],
    viewer: User,
    camera: Camera,
    make_session: Callable[..., PublishSession],
    query: dict[str, str],
    count: int,
) -> None:
    make_session(camera)
    assert len(api_of(viewer).get(URL, query).json()["results"]) == count


def test_state_and_time_narrow_the_list(
    api_of: Callable[..., APIClient], viewer: User, camera: Camera, make_session: Callable[..., PublishSession]
) -> None:
    make_session(camera, 0)
    running = make_session(camera, 5, state=SessionState.FLOWING, ended_at=None, end_reason="")
    client = api_of(viewer)
    for query in ({"state": "flowing"}, {"after": "2030-01-31T12:05:00Z"}):
        assert [session["id"] for session in client.get(URL, query).json()["results"]] == [str(running.pk)]
    assert len(client.get(URL, {"before": "2030-01-31T12:05:00Z"}).json()["results"]) == 1


def test_a_viewer_sees_publishes_of_granted_cameras_only(
    api_of: Callable[..., APIClient],
    viewer: User,
    camera: Camera,
    other_camera: Camera,
    make_session: Callable[..., PublishSession],
) -> None:
    make_session(camera)
    hidden = make_session(other_camera)
    client = api_of(viewer)
    assert [session["camera"] for session in client.get(URL).json()["results"]] == [camera.public_id]
    assert client.get(f"{URL}{hidden.pk}/").status_code == 404


def test_an_outsider_cannot_tell_a_camera_from_none(
    api_of: Callable[..., APIClient],
    outsider: User,
    camera: Camera,
    make_session: Callable[..., PublishSession],
    problem_of: Callable[..., dict[str, Any]],
) -> None:
    make_session(camera)
    client = api_of(outsider)
    assert client.get(URL).json()["results"] == []
    hidden = problem_of(client.get(URL, {"camera": camera.public_id}), 404, "not-found")
    assert hidden == problem_of(client.get(URL, {"camera": "aaaaaaaaaaaa"}), 404, "not-found")


@pytest.mark.parametrize("name", ["x", "00000000-0000-4000-8000-000000000000", "%00"])
def test_an_id_that_no_publish_has_is_not_found(
    api_of: Callable[..., APIClient], viewer: User, problem_of: Callable[..., dict[str, Any]], name: str
) -> None:
    problem_of(api_of(viewer).get(f"{URL}{name}/"), 404, "not-found")


def test_a_value_that_makes_no_sense_is_told_by_its_parameter(
    api_of: Callable[..., APIClient], viewer: User, problem_of: Callable[..., dict[str, Any]]
) -> None:
    told = problem_of(api_of(viewer).get(URL, {"state": "asleep", "after": "noon"}), 400, "invalid")
    assert {error["pointer"] for error in told["errors"]} == {"/state", "/after"}


def test_a_stranger_is_asked_to_sign_in(problem_of: Callable[..., dict[str, Any]]) -> None:
    problem_of(APIClient().get(URL), 401, "not-signed-in")


def test_publishes_cannot_be_written(
    api_of: Callable[..., APIClient], admin: User, problem_of: Callable[..., dict[str, Any]]
) -> None:
    problem_of(api_of(admin).post(URL, {}), 405, "method-not-allowed")
