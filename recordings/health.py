"""What is measured of a stream while it is recorded: written by the recorder, read by pages. Lives in Redis only."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

import redis
from django.conf import settings

from cameras.models import Camera

logger = logging.getLogger(__name__)
_STALE_SECONDS = 30
_connection = redis.Redis.from_url(settings.REDIS_URL, **settings.REDIS_TIMEOUTS)


@dataclass(frozen=True, slots=True)
class Health:
    """Measured over the last ten seconds or so; `longest_frame_seconds` and `drift_ppm` over the whole FFmpeg run.

    `drift_ppm` is by how much wall time outruns media time, in millionths.
    """

    frames_per_second: float
    bits_per_second: float
    key_frame_interval_seconds: float
    video_codec: str
    audio_codec: str
    width: int
    height: int
    longest_frame_seconds: float
    drift_ppm: float
    at: datetime


def write_health(camera_id: int, health: Health) -> None:
    """Publish it for half a minute. Trouble with Redis must not stop a recording and is only logged."""
    facts = {**asdict(health), "at": health.at.timestamp()}
    try:
        _connection.set(_key(camera_id), json.dumps(facts), ex=_STALE_SECONDS)
    except redis.RedisError as error:
        logger.warning("health of camera %s not published: %s", camera_id, error)


def forget_health(camera_id: int) -> None:
    """Nothing is measured any more."""
    try:
        _connection.delete(_key(camera_id))
    except redis.RedisError as error:
        logger.warning("health of camera %s not cleared: %s", camera_id, error)


def read_health(camera: Camera) -> Health | None:
    """What the recorder measured last; None when nothing is recorded, or Redis is away."""
    try:
        text = _connection.get(_key(camera.pk))
    except redis.RedisError as error:
        logger.warning("health of camera %s not read: %s", camera.pk, error)
        return None
    if not isinstance(text, bytes):
        return None
    facts = json.loads(text)
    return Health(**{**facts, "at": datetime.fromtimestamp(facts["at"], UTC)})


def _key(camera_id: int) -> str:
    return f"vms:camera:health:{camera_id}"
