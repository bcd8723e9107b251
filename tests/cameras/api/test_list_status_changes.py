"""GET /api/v1/cameras/{public_id}/status-changes/"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from cameras import health
from cameras.models import Camera

NOON = datetime(2030, 1, 31, 12, tzinfo=UTC)


def url(camera: Camera) -> str:
    return f"/api/v1/cameras/{camera.public_id}/status-changes/"


@pytest.fixture
def history(camera: Camera, other_camera: Camera) -> None:
    """Up at noon, down a minute later, up again after another; another camera goes up, too."""
    for minute in range(3):
        online = minute % 2 == 0
        health.observe(camera, online=online, cause="a cause", at=NOON + timedelta(minutes=minute))
    health.observe(other_camera, online=True, at=NOON)


def statuses(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [change["status"] for change in answer.json()["results"]]


def test_a_viewer_reads_when_a_camera_went_up_and_down_newest_first(
    api_of: Callable[..., APIClient], viewer: User, camera: Camera, history: None
) -> None:
    answer = api_of(viewer).get(url(camera))
    assert statuses(answer) == ["online", "offline", "online"]
    assert answer.json()["results"][0] == {"at": "2030-01-31T12:02:00.000Z", "status": "online", "cause": "a cause"}


def test_a_span_of_time_begins_at_its_start_and_ends_before_its_end(
    api_of: Callable[..., APIClient], viewer: User, camera: Camera, history: None
) -> None:
    span = {"after": "2030-01-31T13:01:00+01:00", "before": "2030-01-31T12:02:00Z"}
    assert statuses(api_of(viewer).get(url(camera), span)) == ["offline"]


def test_pages_follow_each_other_by_cursor_without_losing_a_change(
    api_of: Callable[..., APIClient], viewer: User, camera: Camera, history: None
) -> None:
    client = api_of(viewer)
    seen, link = [], url(camera) + "?page_size=1"
    while link:
        page = client.get(link).json()
        seen += [change["at"] for change in page["results"]]
        link = page["next"]
    assert seen == ["2030-01-31T12:02:00.000Z", "2030-01-31T12:01:00.000Z", "2030-01-31T12:00:00.000Z"]


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"after": "yesterday"}, "/after"),
        ({"before": "2030-01-31T12:00:00"}, "/before"),
        ({"before": "0001-01-01T00:00:00+23:00"}, "/before"),
        ({"cursor": "nonsense"}, "/cursor"),
        ({"cursor": "cD15ZXN0ZXJkYXk="}, "/cursor"),
        ({"page_size": "-1"}, "/page_size"),
    ],
)
def test_a_value_that_makes_no_sense_is_told_by_its_parameter(
    api_of: Callable[..., APIClient],
    viewer: User,
    camera: Camera,
    problem_of: Callable[..., dict[str, Any]],
    query: dict[str, str],
    pointer: str,
) -> None:
    told = problem_of(api_of(viewer).get(url(camera), query), 400, "invalid")
    assert [error["pointer"] for error in told["errors"]] == [pointer]


def test_an_outsider_cannot_tell_a_camera_from_none(
    api_of: Callable[..., APIClient],
    outsider: User,
    camera: Camera,
    history: None,
    problem_of: Callable[..., dict[str, Any]],
) -> None:
    client = api_of(outsider)
    hidden = problem_of(client.get(url(camera)), 404, "not-found")
    unknown = problem_of(client.get("/api/v1/cameras/aaaaaaaaaaaa/status-changes/"), 404, "not-found")
    assert hidden == unknown


def test_a_stranger_is_asked_to_sign_in(camera: Camera, problem_of: Callable[..., dict[str, Any]]) -> None:
    problem_of(APIClient().get(url(camera)), 401, "not-signed-in")


def test_history_cannot_be_written(
    api_of: Callable[..., APIClient], admin: User, camera: Camera, problem_of: Callable[..., dict[str, Any]]
) -> None:
    problem_of(api_of(admin).post(url(camera), {"status": "online"}), 405, "method-not-allowed")
