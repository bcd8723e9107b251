"""GET /api/v1/cameras/{public_id}/"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from rest_framework.test import APIClient

from accounts.audit import SYSTEM
from accounts.models import User
from cameras import enrolment, health
from cameras.models import Camera
from recordings import policies
from recordings.choices import RecordingMode


def url(camera: Camera) -> str:
    return f"/api/v1/cameras/{camera.public_id}/"


def test_a_viewer_reads_a_camera_of_the_granted_site(
    api_of: Callable[..., APIClient], viewer: User, camera: Camera
) -> None:
    health.observe(camera, online=True, at=datetime(2030, 1, 31, 12, 0, 0, 123456, UTC))
    told = api_of(viewer).get(url(camera)).json()
    assert told.pop("created_at").endswith("Z")
    assert told == {
        "public_id": camera.public_id,
        "serial_number": "SN-1",
        "name": "Gate",
        "site": camera.site_id,
        "group": None,
        "vendor": "Acme",
        "model": "X1",
        "place": "Above the gate",
        "badge": "online",
        "status": "online",
        "status_since": "2030-01-31T12:00:00.123Z",
        "active": True,
        "retired_at": None,
        "recording_mode": "continuous",
    }


def test_a_camera_tells_whether_it_is_recorded(api_of: Callable[..., APIClient], viewer: User, camera: Camera) -> None:
    policies.set_mode(camera, RecordingMode.OFF, actor=SYSTEM)
    assert api_of(viewer).get(url(camera)).json()["recording_mode"] == "off"


def test_a_retired_camera_can_still_be_read(api_of: Callable[..., APIClient], viewer: User, camera: Camera) -> None:
    enrolment.retire_camera(camera, actor=SYSTEM)
    told = api_of(viewer).get(url(camera)).json()
    assert told["badge"] == "retired"
    assert told["retired_at"].endswith("Z")


def test_an_outsider_cannot_tell_a_camera_from_none(
    api_of: Callable[..., APIClient], outsider: User, camera: Camera, problem_of: Callable[..., dict[str, Any]]
) -> None:
    client = api_of(outsider)
    hidden = problem_of(client.get(url(camera)), 404, "not-found")
    unknown = problem_of(client.get("/api/v1/cameras/aaaaaaaaaaaa/"), 404, "not-found")
    assert hidden == unknown


def test_a_name_that_no_camera_can_have_is_not_found(
    api_of: Callable[..., APIClient], operator: User, problem_of: Callable[..., dict[str, Any]]
) -> None:
    for name in ("x", "%00", "..%2F", "a" * 500, "ä"):
        problem_of(api_of(operator).get(f"/api/v1/cameras/{name}/"), 404, "not-found")


def test_a_stranger_is_asked_to_sign_in(camera: Camera, problem_of: Callable[..., dict[str, Any]]) -> None:
    problem_of(APIClient().get(url(camera)), 401, "not-signed-in")


def test_a_disabled_account_is_a_stranger(
    api_of: Callable[..., APIClient], viewer: User, camera: Camera, problem_of: Callable[..., dict[str, Any]]
) -> None:
    client = api_of(viewer)
    viewer.is_active = False
    viewer.save()
    problem_of(client.get(url(camera)), 401, "not-signed-in")


def test_a_camera_is_changed_by_patch_and_not_put(
    api_of: Callable[..., APIClient], operator: User, camera: Camera, problem_of: Callable[..., dict[str, Any]]
) -> None:
    problem_of(api_of(operator).put(url(camera), {"name": "Door"}), 405, "method-not-allowed")
