"""What is measured of a stream is there while it is recorded, and is missing rather than wrong otherwise."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
import redis

from cameras.models import Camera
from recordings import health
from recordings.health import Health
from recordings.models import StorageTier

pytestmark = pytest.mark.django_db
MEASURED = Health(
    frames_per_second=25.0,
    bits_per_second=2_000_000,
    key_frame_interval_seconds=2.0,
    video_codec="avc1.64001f",
    audio_codec="mp4a.40.2",
    width=1280,
    height=720,
    longest_frame_seconds=0.04,
    drift_ppm=-12.5,
    at=datetime(2030, 6, 1, 12, 0, 0, 250_000, tzinfo=UTC),
)


def test_what_is_written_is_read(camera: Camera, tier: StorageTier) -> None:
    health.write_health(camera.pk, MEASURED)

    assert health.read_health(camera) == MEASURED


def test_the_last_measurement_counts_and_is_forgotten_at_the_end(camera: Camera, tier: StorageTier) -> None:
    health.write_health(camera.pk, MEASURED)
    health.write_health(camera.pk, replace(MEASURED, frames_per_second=12.0))
    found = health.read_health(camera)
    assert found is not None
    assert found.frames_per_second == 12.0

    health.forget_health(camera.pk)
    assert health.read_health(camera) is None


def test_a_measurement_goes_stale_by_itself(camera: Camera, tier: StorageTier) -> None:
    health.write_health(camera.pk, MEASURED)

    assert 0 < health._connection.ttl(f"vms:camera:health:{camera.pk}") <= 30


def test_of_a_camera_that_is_not_recorded_nothing_is_known(camera: Camera) -> None:
    assert health.read_health(camera) is None


def test_without_redis_nothing_is_known_and_nothing_breaks(
    camera: Camera, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    nobody = redis.Redis.from_url("redis://127.0.0.1:9/0")
    monkeypatch.setattr(health, "_connection", nobody)

    health.write_health(camera.pk, MEASURED)
    health.forget_health(camera.pk)

    assert health.read_health(camera) is None
    assert len(caplog.records) == 3
    nobody.close()
