"""GET /api/v1/recordings/"""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import Role, User
from cameras.models import Camera
from recordings.models import Recording

URL = "/api/v1/recordings/"


def ids(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [recording["id"] for recording in answer.json()["results"]]


def test_the_newest_comes_first(
    api_of: Callable[..., APIClient], viewer: User, camera: Camera, make_recording: Callable[..., Recording]
) -> None:
    made = [make_recording(camera, minute) for minute in (0, 20, 40)]
    answer = api_of(viewer).get(URL, {"camera": camera.public_id})
    assert ids(answer) == [str(recording.pk) for recording in reversed(made)]


def test_pages_follow_each_other_by_cursor_without_losing_a_file(
    api_of: Callable[..., APIClient], viewer: User, camera: Camera, make_recording: Callable[..., Recording]
) -> None:
    made = [make_recording(camera, minute // 2 * 20) for minute in range(6)]  # two at a time begin together
    client = api_of(viewer)
    seen, link = [], f"{URL}?page_size=2"
    while link:
        page = client.get(link)
        seen += ids(page)
        link = page.json()["next"]
    assert len(seen) == 6
    assert set(seen) == {str(recording.pk) for recording in made}


def test_a_span_of_time_finds_files_with_footage_in_it(
    api_of: Callable[..., APIClient], viewer: User, camera: Camera, make_recording: Callable[..., Recording]
) -> None:
    first, second = make_recording(camera, 0), make_recording(camera, 20)
    growing = make_recording(camera, 40, ended_at=None, end_cause="")
    client = api_of(viewer)
    assert ids(client.get(URL, {"after": "2024-01-31T12:09:00Z", "before": "2024-01-31T12:21:00Z"})) == [
        str(second.pk),
        str(first.pk),
    ]
    assert ids(client.get(URL, {"after": "2024-01-31T12:30:00Z"})) == [str(growing.pk)]
    assert ids(client.get(URL, {"before": "2024-01-31T13:20:00+01:00"})) == [str(first.pk)]


def test_a_viewer_sees_footage_of_granted_cameras_only(
    api_of: Callable[..., APIClient],
    viewer: User,
    camera: Camera,
    other_camera: Camera,
    make_recording: Callable[..., Recording],
) -> None:
    seen = make_recording(camera)
    make_recording(other_camera)
    assert ids(api_of(viewer).get(URL)) == [str(seen.pk)]


def test_an_outsider_cannot_tell_a_camera_from_none(
    api_of: Callable[..., APIClient],
    outsider: User,
    camera: Camera,
    make_recording: Callable[..., Recording],
    problem_of: Callable[..., dict[str, Any]],
) -> None:
    make_recording(camera)
    client = api_of(outsider)
    assert ids(client.get(URL)) == []
    hidden = problem_of(client.get(URL, {"camera": camera.public_id}), 404, "not-found")
    assert hidden == problem_of(client.get(URL, {"camera": "aaaaaaaaaaaa"}), 404, "not-found")


def test_a_role_that_watches_live_only_may_not_look_at_footage(
    api_of: Callable[..., APIClient], viewer: User, problem_of: Callable[..., dict[str, Any]]
) -> None:
    viewer.role = Role.objects.create(name="live", label="Live", scopes=["cameras:read", "live:watch"])
    viewer.save()
    problem_of(api_of(viewer).get(URL), 403, "forbidden")


@pytest.mark.parametrize(
    ("query", "pointer"),
    [({"after": "noon"}, "/after"), ({"before": "2024-01-31"}, "/before"), ({"cursor": "nonsense"}, "/cursor")],
)
def test_a_value_that_makes_no_sense_is_told_by_its_parameter(
    api_of: Callable[..., APIClient],
    viewer: User,
    problem_of: Callable[..., dict[str, Any]],
    query: dict[str, str],
    pointer: str,
) -> None:
    told = problem_of(api_of(viewer).get(URL, query), 400, "invalid")
    assert [error["pointer"] for error in told["errors"]] == [pointer]


def test_a_stranger_is_asked_to_sign_in(problem_of: Callable[..., dict[str, Any]]) -> None:
    problem_of(APIClient().get(URL), 401, "not-signed-in")


def test_footage_cannot_be_added(
    api_of: Callable[..., APIClient], admin: User, problem_of: Callable[..., dict[str, Any]]
) -> None:
    problem_of(api_of(admin).post(URL, {}), 405, "method-not-allowed")


def test_site_end_and_growth_narrow_the_list(
    api_of: Callable[..., APIClient],
    operator: User,
    camera: Camera,
    other_camera: Camera,
    make_recording: Callable[..., Recording],
) -> None:
    ended = make_recording(camera, 0, end_cause="disk_full")
    growing = make_recording(other_camera, 20, ended_at=None, end_cause="")
    client = api_of(operator)
    assert ids(client.get(URL, {"site": camera.site_id})) == [str(ended.pk)]
    assert ids(client.get(URL, {"growing": "true"})) == [str(growing.pk)]
    assert ids(client.get(URL, {"growing": "false"})) == [str(ended.pk)]
    assert ids(client.get(URL, {"end_cause": "disk_full", "ordering": "started_at"})) == [str(ended.pk)]
    assert client.get(URL, {"site": 999_999}).status_code == 400
