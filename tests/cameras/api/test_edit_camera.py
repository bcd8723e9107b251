"""PATCH /api/v1/cameras/{public_id}/"""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.audit import SYSTEM
from accounts.models import User
from cameras import enrolment
from cameras.models import Camera, CameraGroup


def url(camera: Camera) -> str:
    return f"/api/v1/cameras/{camera.public_id}/"


def test_an_operator_changes_what_is_sent_and_nothing_else(
    api_of: Callable[..., APIClient], operator: User, camera: Camera, group: CameraGroup
) -> None:
    answer = api_of(operator).patch(url(camera), {"name": "Main gate", "group": group.pk})
    assert answer.status_code == 200, answer.content
    camera.refresh_from_db()
    assert (camera.name, camera.group, camera.vendor, camera.serial_number) == ("Main gate", group, "Acme", "SN-1")
    assert answer.json()["name"] == "Main gate"
    assert answer.json()["group"] == group.pk


def test_a_camera_leaves_its_group_by_null(
    api_of: Callable[..., APIClient], operator: User, group: CameraGroup, make_camera: Callable[..., Camera]
) -> None:
    camera = make_camera("SN-2", group=group)
    assert api_of(operator).patch(url(camera), {"group": None}).json()["group"] is None


def test_it_does_not_leave_its_group_by_an_empty_text(
    api_of: Callable[..., APIClient],
    operator: User,
    group: CameraGroup,
    make_camera: Callable[..., Camera],
    problem_of: Callable[..., dict[str, Any]],
) -> None:
    camera = make_camera("SN-2", group=group)
    told = problem_of(api_of(operator).patch(url(camera), {"group": ""}), 400, "invalid")
    assert [one["pointer"] for one in told["errors"]] == ["/group"]
    camera.refresh_from_db()
    assert camera.group == group


def test_a_camera_may_keep_its_serial_number(api_of: Callable[..., APIClient], operator: User, camera: Camera) -> None:
    assert api_of(operator).patch(url(camera), {"serial_number": "SN-1"}).status_code == 200


@pytest.mark.parametrize(
    ("change", "pointer"),
    [({"serial_number": "SN-9"}, "/serial_number"), ({"name": ""}, "/name"), ({"site": None}, "/site")],
)
def test_what_is_wrong_is_told_by_field(
    api_of: Callable[..., APIClient],
    operator: User,
    camera: Camera,
    other_camera: Camera,
    problem_of: Callable[..., dict[str, Any]],
    change: dict[str, Any],
    pointer: str,
) -> None:
    told = problem_of(api_of(operator).patch(url(camera), change), 400, "invalid")
    assert [error["pointer"] for error in told["errors"]] == [pointer]


def test_a_retired_camera_stays_as_it_is(
    api_of: Callable[..., APIClient], operator: User, camera: Camera, problem_of: Callable[..., dict[str, Any]]
) -> None:
    enrolment.retire_camera(camera, actor=SYSTEM)
    problem_of(api_of(operator).patch(url(camera), {"name": "New"}), 409, "camera-is-retired")
    camera.refresh_from_db()
    assert camera.name == "Gate"


def test_an_unknown_camera_is_not_found(
    api_of: Callable[..., APIClient], operator: User, problem_of: Callable[..., dict[str, Any]]
) -> None:
    problem_of(api_of(operator).patch("/api/v1/cameras/aaaaaaaaaaaa/", {"name": "New"}), 404, "not-found")


def test_a_viewer_may_not_write(
    api_of: Callable[..., APIClient], viewer: User, camera: Camera, problem_of: Callable[..., dict[str, Any]]
) -> None:
    problem_of(api_of(viewer).patch(url(camera), {"name": "Mine"}), 403, "forbidden")
    camera.refresh_from_db()
    assert camera.name == "Gate"


def test_an_outsider_is_refused_alike_for_a_camera_and_for_none(
    api_of: Callable[..., APIClient], outsider: User, camera: Camera, problem_of: Callable[..., dict[str, Any]]
) -> None:
    client = api_of(outsider)
    hidden = problem_of(client.patch(url(camera), {"name": "Mine"}), 403, "forbidden")
    unknown = problem_of(client.patch("/api/v1/cameras/aaaaaaaaaaaa/", {"name": "Mine"}), 403, "forbidden")
    assert hidden == unknown


def test_a_stranger_is_asked_to_sign_in(camera: Camera, problem_of: Callable[..., dict[str, Any]]) -> None:
    problem_of(APIClient().patch(url(camera), {"name": "Mine"}), 401, "not-signed-in")
