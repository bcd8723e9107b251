"""Who records which camera, until when: one key in Redis per camera.

A recorder renews its lease several times within its length. One that was paused and wakes up after its lease ran out
finds that out before it writes again (`keep` looks at the monotonic clock, which goes on while a process is stopped).
When Redis is away nobody can take a lease, so the holder records on, and a recorder of many cameras does not wait for
Redis's time-out once for each of them. When Redis has lost its data the first to ask
gets the lease, and every other holder lets go at its next renewal.
"""

from __future__ import annotations

import logging
import time
from typing import Self
from uuid import uuid4

import redis
from django.conf import settings

logger = logging.getLogger(__name__)
_connection = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2)
_MOST_SECONDS_UNASKED = 1.0
_away_until = 0.0

# Take the lease if it is free or already ours; answer whether it is ours now.
_TAKE = _connection.register_script(
    """
    local holder = redis.call('GET', KEYS[1])
    if holder and holder ~= ARGV[1] then return 0 end
    redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
    return 1
    """
)
_RELEASE = _connection.register_script(
    "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"
)


class LeaseLost(Exception):
    """Another recorder holds the camera. Not a byte more may be written."""


class Lease:
    """The right to record one camera. Use as a context manager; it is given back at the end."""

    def __init__(self, camera_id: int) -> None:
        self._key = _key(camera_id)
        self._holder = uuid4().hex
        self._length_seconds = float(settings.RECORDER_LEASE_SECONDS)
        self._ask_again_at = 0.0

    def take(self) -> bool:
        """Whether the camera is ours now. Raises redis.RedisError when nobody can tell."""
        global _away_until  # noqa: PLW0603  (one process, one Redis)
        self._ask_again_at = time.monotonic() + self._length_seconds / 4
        taken = bool(_TAKE(keys=[self._key], args=[self._holder, int(self._length_seconds * 1000)]))
        _away_until = 0.0
        return taken

    def keep(self) -> None:
        """Renew the lease when it is a quarter used. Call before every write. Raises LeaseLost.

        A Redis that does not answer costs its timeout now and then, not at every write.
        """
        global _away_until  # noqa: PLW0603  (one process, one Redis)
        if time.monotonic() < max(self._ask_again_at, _away_until):
            return
        try:
            if not self.take():
                raise LeaseLost(self._key)
        except redis.RedisError as error:
            _away_until = time.monotonic() + min(_MOST_SECONDS_UNASKED, self._length_seconds / 2)
            logger.warning("lease %s not renewed, recording on: %s", self._key, error)

    def give_back(self) -> None:
        """Let another recorder take the camera at once."""
        try:
            _RELEASE(keys=[self._key], args=[self._holder])
        except redis.RedisError as error:
            logger.warning("lease %s not given back, it ends by itself: %s", self._key, error)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.give_back()


def held_cameras(camera_ids: list[int]) -> set[int]:
    """Those of the cameras that some recorder holds. Raises redis.RedisError."""
    if not camera_ids:
        return set()
    holders = _connection.mget([_key(camera_id) for camera_id in camera_ids])
    return {camera_id for camera_id, holder in zip(camera_ids, holders, strict=True) if holder is not None}


def _key(camera_id: int) -> str:
    return f"vms:recorder:lease:{camera_id}"
