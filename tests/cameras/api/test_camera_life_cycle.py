"""DELETE /api/v1/cameras/{public_id}/, POST …/deactivation/, POST …/reactivation/"""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.audit import SYSTEM
from accounts.models import User
from cameras import enrolment
from cameras.models import Camera

STEPS = [("delete", ""), ("post", "deactivation/"), ("post", "reactivation/")]


def url(camera: Camera, step: str = "") -> str:
    return f"/api/v1/cameras/{camera.public_id}/{step}"


def test_deleting_a_camera_retires_it(api_of: Callable[..., APIClient], operator: User, camera: Camera) -> None:
    answer = api_of(operator).delete(url(camera))
    assert (answer.status_code, answer.content) == (204, b"")
    assert Camera.objects.get(pk=camera.pk).retired_at is not None


def test_deactivating_takes_a_camera_out_of_use_however_often_it_is_asked(
    api_of: Callable[..., APIClient], operator: User, camera: Camera
) -> None:
    for _ in range(2):
        answer = api_of(operator).post(url(camera, "deactivation/"))
        assert answer.status_code == 200
        assert (answer.json()["active"], answer.json()["badge"]) == (False, "inactive")
    assert Camera.objects.get(pk=camera.pk).active is False


def test_reactivating_puts_it_back_into_use(api_of: Callable[..., APIClient], operator: User, camera: Camera) -> None:
    enrolment.deactivate_camera(camera, actor=SYSTEM)
    answer = api_of(operator).post(url(camera, "reactivation/"))
    assert (answer.status_code, answer.json()["active"]) == (200, True)
    assert Camera.objects.get(pk=camera.pk).active is True


@pytest.mark.parametrize(("method", "step"), STEPS)
def test_a_retired_camera_stays_retired(
    api_of: Callable[..., APIClient],
    operator: User,
    camera: Camera,
    problem_of: Callable[..., dict[str, Any]],
    method: str,
    step: str,
) -> None:
    enrolment.retire_camera(camera, actor=SYSTEM)
    told = problem_of(getattr(api_of(operator), method)(url(camera, step)), 409, "camera-is-retired")
    assert "retired" in told["detail"]


@pytest.mark.parametrize(("method", "step"), STEPS)
def test_a_viewer_may_not(
    api_of: Callable[..., APIClient],
    viewer: User,
    camera: Camera,
    problem_of: Callable[..., dict[str, Any]],
    method: str,
    step: str,
) -> None:
    problem_of(getattr(api_of(viewer), method)(url(camera, step)), 403, "forbidden")
    camera.refresh_from_db()
    assert camera.may_publish


@pytest.mark.parametrize(("method", "step"), STEPS)
def test_an_outsider_may_not(
    api_of: Callable[..., APIClient],
    outsider: User,
    camera: Camera,
    problem_of: Callable[..., dict[str, Any]],
    method: str,
    step: str,
) -> None:
    problem_of(getattr(api_of(outsider), method)(url(camera, step)), 403, "forbidden")


@pytest.mark.parametrize(("method", "step"), STEPS)
def test_an_unknown_camera_is_not_found(
    api_of: Callable[..., APIClient], operator: User, problem_of: Callable[..., dict[str, Any]], method: str, step: str
) -> None:
    problem_of(getattr(api_of(operator), method)(f"/api/v1/cameras/aaaaaaaaaaaa/{step}"), 404, "not-found")


@pytest.mark.parametrize(("method", "step"), STEPS)
def test_a_stranger_is_asked_to_sign_in(
    camera: Camera, problem_of: Callable[..., dict[str, Any]], method: str, step: str
) -> None:
    problem_of(getattr(APIClient(), method)(url(camera, step)), 401, "not-signed-in")


@pytest.mark.parametrize("step", ["deactivation/", "reactivation/"])
def test_a_step_is_taken_by_post_only(
    api_of: Callable[..., APIClient],
    operator: User,
    camera: Camera,
    problem_of: Callable[..., dict[str, Any]],
    step: str,
) -> None:
    problem_of(api_of(operator).get(url(camera, step)), 405, "method-not-allowed")
