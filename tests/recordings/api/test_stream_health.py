"""GET /api/v1/stream-health/{public_id}/"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from cameras.models import Camera
from recordings.health import Health, forget_health, write_health


def url(camera: Camera) -> str:
    return f"/api/v1/stream-health/{camera.public_id}/"


@pytest.fixture
def measured(camera: Camera) -> Iterator[None]:
    """The recorder has measured the camera."""
    facts = Health(
        25.0, 1_500_000.0, 2.0, "avc1.64001f", "mp4a.40.2", 1280, 720, 0.2, 12.5, datetime(2030, 1, 31, tzinfo=UTC)
    )
    write_health(camera.pk, facts)
    yield
    forget_health(camera.pk)


def test_a_viewer_reads_what_the_recorder_measured(
    api_of: Callable[..., APIClient], viewer: User, camera: Camera, measured: None
) -> None:
    assert api_of(viewer).get(url(camera)).json() == {
        "camera": camera.public_id,
        "measurements": {
            "at": "2030-01-31T00:00:00.000Z",
            "frames_per_second": 25.0,
            "bits_per_second": 1_500_000.0,
            "key_frame_interval_seconds": 2.0,
            "video_codec": "avc1.64001f",
            "audio_codec": "mp4a.40.2",
            "width": 1280,
            "height": 720,
            "longest_frame_seconds": 0.2,
            "drift_ppm": 12.5,
        },
    }


def test_nothing_is_measured_of_a_camera_that_is_not_recorded(
    api_of: Callable[..., APIClient], viewer: User, camera: Camera
) -> None:
    assert api_of(viewer).get(url(camera)).json() == {"camera": camera.public_id, "measurements": None}


def test_an_outsider_cannot_tell_a_camera_from_none(
    api_of: Callable[..., APIClient],
    outsider: User,
    camera: Camera,
    measured: None,
    problem_of: Callable[..., dict[str, Any]],
) -> None:
    client = api_of(outsider)
    hidden = problem_of(client.get(url(camera)), 404, "not-found")
    assert hidden == problem_of(client.get("/api/v1/stream-health/aaaaaaaaaaaa/"), 404, "not-found")


def test_a_stranger_is_asked_to_sign_in(camera: Camera, problem_of: Callable[..., dict[str, Any]]) -> None:
    problem_of(APIClient().get(url(camera)), 401, "not-signed-in")


def test_health_cannot_be_written(
    api_of: Callable[..., APIClient], admin: User, camera: Camera, problem_of: Callable[..., dict[str, Any]]
) -> None:
    problem_of(api_of(admin).put(url(camera), {}), 405, "method-not-allowed")
