"""Who records which camera, until when: one key in Redis per camera.

A recorder renews its leases several times within their length, all together. One that was paused and wakes up after they
ran out finds that out before it writes again (`keep` looks at the monotonic clock, which goes on while a process is
stopped). When Redis is away nobody can take a lease, so the holder records on, and a recorder of many cameras does not
wait for Redis's time-out once for each of them. When Redis has lost its data the first to ask gets the lease, and every
other holder lets go at its next renewal.
"""

from __future__ import annotations

import logging
import threading
import time
from contextlib import suppress
from typing import Final, Self
from uuid import uuid4

import redis
from django.conf import settings

logger = logging.getLogger(__name__)
_connection = redis.Redis.from_url(settings.REDIS_URL, **settings.REDIS_TIMEOUTS)
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
    """The right to record one camera. Use as a context manager; it is given back at the end.

    While it is used so, `_Keeper` renews it together with all others of the process.
    """

    def __init__(self, camera_id: int) -> None:
        self.key = _key(camera_id)
        self.holder = uuid4().hex
        self.length_seconds = float(settings.RECORDER_LEASE_SECONDS)
        self._renewed_at = 0.0
        self._is_lost = False

    def take(self) -> bool:
        """Whether the camera is ours now. Raises redis.RedisError when nobody can tell."""
        global _away_until  # noqa: PLW0603  (one process, one Redis)
        asked_at = time.monotonic()
        taken = bool(_TAKE(keys=[self.key], args=self.question))
        _away_until = 0.0
        self.note(taken=taken, asked_at=asked_at)
        return taken

    @property
    def question(self) -> list[str | int]:
        """What Redis is asked: for whom, and for how many milliseconds."""
        return [self.holder, int(self.length_seconds * 1000)]

    def note(self, *, taken: bool, asked_at: float) -> None:
        """Redis has been asked, at this instant of the monotonic clock, and this is its answer."""
        self._renewed_at = asked_at
        self._is_lost = not taken

    def keep(self) -> None:
        """Call before every write. Raises LeaseLost.

        Asks only when the lease is nearly used up: its keeper is late, the process was paused, or Redis is away. A Redis
        that does not answer costs its timeout now and then, not at every write.
        """
        global _away_until  # noqa: PLW0603  (one process, one Redis)
        if self._is_lost:
            raise LeaseLost(self.key)
        if time.monotonic() < max(self._renewed_at + 0.75 * self.length_seconds, _away_until):
            return
        try:
            if not self.take():
                raise LeaseLost(self.key)
        except redis.RedisError as error:
            _away_until = time.monotonic() + min(_MOST_SECONDS_UNASKED, self.length_seconds / 2)
            logger.warning("lease %s not renewed, recording on: %s", self.key, error)

    def give_back(self) -> None:
        """Let another recorder take the camera at once."""
        try:
            _RELEASE(keys=[self.key], args=[self.holder])
        except redis.RedisError as error:
            logger.warning("lease %s not given back, it ends by itself: %s", self.key, error)

    def __enter__(self) -> Self:
        _keeper.begin(self)
        return self

    def __exit__(self, *exception: object) -> None:
        _keeper.end(self)
        self.give_back()


class _Keeper:
    """Renews the leases of a process when a quarter of their length is used, all by one question to Redis."""

    def __init__(self) -> None:
        self._kept: dict[str, Lease] = {}
        self._guard = threading.Lock()
        self._thread: threading.Thread | None = None

    def begin(self, lease: Lease) -> None:
        with self._guard:
            self._kept[lease.holder] = lease
            if self._thread is None:
                self._thread = threading.Thread(target=self._renew_for_ever, name="lease keeper", daemon=True)
                self._thread.start()

    def end(self, lease: Lease) -> None:
        """Nobody renews it any more, not even a renewal that has begun."""
        with self._guard:
            del self._kept[lease.holder]

    def _renew_for_ever(self) -> None:
        while True:
            time.sleep(settings.RECORDER_LEASE_SECONDS / 4)
            with self._guard, suppress(redis.RedisError):
                self._renew(list(self._kept.values()))

    def _renew(self, leases: list[Lease]) -> None:
        """Of Redis that is away nothing is noted: each lease asks for itself when it is used up."""
        asked_at = time.monotonic()
        with _connection.pipeline(transaction=False) as pipeline:
            for lease in leases:
                _TAKE(keys=[lease.key], args=lease.question, client=pipeline)
            answers = pipeline.execute() if leases else []
        for lease, taken in zip(leases, answers, strict=True):
            lease.note(taken=bool(taken), asked_at=asked_at)


# One for the process, from the start: recordings that begin at the same moment must not make one each.
_keeper: Final = _Keeper()


def held_cameras(camera_ids: list[int]) -> set[int]:
    """Those of the cameras that some recorder holds. Raises redis.RedisError."""
    if not camera_ids:
        return set()
    holders = _connection.mget([_key(camera_id) for camera_id in camera_ids])
    return {camera_id for camera_id, holder in zip(camera_ids, holders, strict=True) if holder is not None}


def _key(camera_id: int) -> str:
    return f"vms:recorder:lease:{camera_id}"
