"""GET /api/v1/recordings/{id}/"""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from cameras.models import Camera
from recordings.models import Recording

URL = "/api/v1/recordings/"


def test_a_viewer_reads_what_a_file_holds_and_why_it_ended(
    api_of: Callable[..., APIClient], viewer: User, camera: Camera, make_recording: Callable[..., Recording]
) -> None:
    recording = make_recording(camera)
    assert api_of(viewer).get(f"{URL}{recording.pk}/").json() == {
        "id": str(recording.pk),
        "camera": camera.public_id,
        "started_at": "2024-01-31T12:00:00.000Z",
        "ended_at": "2024-01-31T12:10:00.000Z",
        "size_bytes": 1000,
        "video_codec": "avc1.64001f",
        "audio_codec": "",
        "width": 1280,
        "height": 720,
        "end_cause": "publisher_closed",
        "end_cause_label": "The camera stopped publishing",
        "end_detail": "",
        "drift_ppm": None,
    }


def test_a_growing_file_has_no_end(
    api_of: Callable[..., APIClient], viewer: User, camera: Camera, make_recording: Callable[..., Recording]
) -> None:
    recording = make_recording(camera, ended_at=None, end_cause="")
    told = api_of(viewer).get(f"{URL}{recording.pk}/").json()
    assert (told["ended_at"], told["end_cause"]) == (None, "")


def test_an_outsider_cannot_tell_footage_from_none(
    api_of: Callable[..., APIClient],
    outsider: User,
    camera: Camera,
    make_recording: Callable[..., Recording],
    problem_of: Callable[..., dict[str, Any]],
) -> None:
    client = api_of(outsider)
    hidden = problem_of(client.get(f"{URL}{make_recording(camera).pk}/"), 404, "not-found")
    unknown = problem_of(client.get(f"{URL}00000000-0000-4000-8000-000000000000/"), 404, "not-found")
    assert hidden == unknown


@pytest.mark.parametrize("name", ["x", "1", "%00", "00000000-0000-4000-8000-00000000000"])
def test_an_id_that_no_recording_can_have_is_not_found(
    api_of: Callable[..., APIClient], viewer: User, problem_of: Callable[..., dict[str, Any]], name: str
) -> None:
    problem_of(api_of(viewer).get(f"{URL}{name}/"), 404, "not-found")


def test_a_stranger_is_asked_to_sign_in(
    camera: Camera, make_recording: Callable[..., Recording], problem_of: Callable[..., dict[str, Any]]
) -> None:
    problem_of(APIClient().get(f"{URL}{make_recording(camera).pk}/"), 401, "not-signed-in")


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_footage_cannot_be_changed_or_deleted(
    api_of: Callable[..., APIClient],
    admin: User,
    camera: Camera,
    make_recording: Callable[..., Recording],
    problem_of: Callable[..., dict[str, Any]],
    method: str,
) -> None:
    url = f"{URL}{make_recording(camera).pk}/"
    problem_of(getattr(api_of(admin), method)(url), 405, "method-not-allowed")
