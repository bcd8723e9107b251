"""GET /api/v1/coverages/"""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import Role, User
from cameras.models import Camera
from recordings.models import Recording

URL = "/api/v1/coverages/"
ONE_URL = "/api/v1/coverage/"
HOUR = {"start": "2024-01-31T12:00:00.000Z", "end": "2024-01-31T13:00:00.000Z"}


def test_every_camera_is_answered_in_the_order_asked_as_if_asked_alone(
    api_of: Callable[..., APIClient],
    operator: User,
    camera: Camera,
    other_camera: Camera,
    make_recording: Callable[..., Recording],
) -> None:
    make_recording(camera, 0)
    make_recording(other_camera, 30)
    client, asked = api_of(operator), [other_camera.public_id, camera.public_id]
    told = client.get(URL, {"camera": asked, **HOUR, "resolution_seconds": "2"})
    assert told.status_code == 200, told.content
    assert told.json()["results"] == [
        {"camera": one, **client.get(ONE_URL, {"camera": one, **HOUR, "resolution_seconds": "2"}).json()}
        for one in asked
    ]
    assert [len(one["covered"]) for one in told.json()["results"]] == [1, 1]


def test_one_camera_is_a_list_of_one(api_of: Callable[..., APIClient], viewer: User, camera: Camera) -> None:
    [one] = api_of(viewer).get(URL, {"camera": camera.public_id, **HOUR}).json()["results"]
    assert one["camera"] == camera.public_id


def test_a_camera_that_may_not_be_seen_is_as_unknown_as_one_that_is_not_there(
    api_of: Callable[..., APIClient],
    viewer: User,
    camera: Camera,
    other_camera: Camera,
    problem_of: Callable[..., dict[str, Any]],
) -> None:
    client = api_of(viewer)
    refused = [
        problem_of(client.get(URL, {"camera": [camera.public_id, other], **HOUR}), 404, "not-found")
        for other in (other_camera.public_id, "aaaaaaaaaaaa", "no such/camera")
    ]
    assert refused[0] == refused[1] == refused[2]


@pytest.mark.parametrize("count", [0, 65])
def test_none_and_more_than_64_are_refused(
    api_of: Callable[..., APIClient],
    viewer: User,
    camera: Camera,
    problem_of: Callable[..., dict[str, Any]],
    count: int,
) -> None:
    asked = {"camera": [camera.public_id] * count, **HOUR}
    told = problem_of(api_of(viewer).get(URL, asked), 400, "invalid")
    assert [error["pointer"] for error in told["errors"]] == ["/camera"]


def test_64_are_answered(api_of: Callable[..., APIClient], viewer: User, camera: Camera) -> None:
    told = api_of(viewer).get(URL, {"camera": [camera.public_id] * 64, **HOUR}).json()
    assert len(told["results"]) == 64


def test_a_range_that_makes_no_sense_is_refused_once(
    api_of: Callable[..., APIClient], viewer: User, camera: Camera, problem_of: Callable[..., dict[str, Any]]
) -> None:
    asked = {"camera": camera.public_id, "start": HOUR["end"], "end": HOUR["start"]}
    told = problem_of(api_of(viewer).get(URL, asked), 400, "bad-range")
    assert [error["pointer"] for error in told["errors"]] == ["/end"]


def test_a_role_that_watches_live_only_may_not_look(
    api_of: Callable[..., APIClient], viewer: User, camera: Camera, problem_of: Callable[..., dict[str, Any]]
) -> None:
    viewer.role = Role.objects.create(name="live", label="Live", scopes=["cameras:read", "live:watch"])
    viewer.save()
    problem_of(api_of(viewer).get(URL, {"camera": camera.public_id, **HOUR}), 403, "forbidden")


def test_a_stranger_is_asked_to_sign_in(camera: Camera, problem_of: Callable[..., dict[str, Any]]) -> None:
    problem_of(APIClient().get(URL, {"camera": camera.public_id, **HOUR}), 401, "not-signed-in")


def test_coverages_cannot_be_written(
    api_of: Callable[..., APIClient], admin: User, problem_of: Callable[..., dict[str, Any]]
) -> None:
    problem_of(api_of(admin).post(URL, {}), 405, "method-not-allowed")
