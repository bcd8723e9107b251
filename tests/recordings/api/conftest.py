"""Footage that the database knows of."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cameras.models import Camera
from recordings.choices import GapCause
from recordings.models import Recording

NOON = datetime(2024, 1, 31, 12, tzinfo=UTC)


@pytest.fixture
def make_recording() -> Callable[..., Recording]:
    """Footage of a camera from so many minutes after noon on, for ten minutes."""

    def make(camera: Camera, minute: int = 0, **facts: Any) -> Recording:
        start = NOON + timedelta(minutes=minute)
        return Recording.objects.create(
            **{
                "camera": camera,
                "run_id": uuid.uuid4(),
                "started_at": start,
                "ended_at": start + timedelta(minutes=10),
                "size_bytes": 1000,
                "video_codec": "avc1.64001f",
                "width": 1280,
                "height": 720,
                "end_cause": GapCause.PUBLISHER_CLOSED,
                **facts,
            }
        )

    return make
