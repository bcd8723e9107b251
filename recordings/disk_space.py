"""Room for footage: how much is left, for how long, and when to stop before the disk is full."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import redis
from django.conf import settings

from recordings.models import StorageTier
from recordings.signals import tier_has_room, tier_nearly_full

_connection = redis.Redis.from_url(settings.REDIS_URL, **settings.REDIS_TIMEOUTS)
_WARN_HOURS = 24.0
_WARN_FREE_FACTOR = 2.0
_CALM_FACTOR = 1.25  # the measured rate goes up and down; the alarm does not
_RESUME_FACTOR = 1.1
_RATE_WEIGHT = 0.2


@dataclass(slots=True)
class WriteRate:
    """Smoothed bytes per second that the recorders of this process write to a tier."""

    bytes_per_second: float = 0.0
    written_bytes: int = 0
    seen_bytes: int = 0
    seen_at_seconds: float = 0.0

    def note(self, size_bytes: int) -> None:
        """So many bytes have been written."""
        self.written_bytes += size_bytes

    def measure(self, now_seconds: float) -> float:
        """Bytes per second until now, on a monotonic clock."""
        elapsed = now_seconds - self.seen_at_seconds
        if self.seen_at_seconds and elapsed > 0:
            fresh = (self.written_bytes - self.seen_bytes) / elapsed
            weight = _RATE_WEIGHT if self.bytes_per_second else 1.0
            self.bytes_per_second += weight * (fresh - self.bytes_per_second)
        self.seen_bytes, self.seen_at_seconds = self.written_bytes, now_seconds
        return self.bytes_per_second


WRITE_RATE = WriteRate()


def free_bytes(root: Path) -> int:
    """Bytes that a recorder may still write on the volume. Raises OSError."""
    facts = os.statvfs(root)
    return facts.f_bavail * facts.f_frsize


def is_full(root: Path) -> bool:
    """Whether a running recorder must stop now."""
    return free_bytes(root) < settings.RECORDING_MIN_FREE_BYTES


def has_room(root: Path) -> bool:
    """Whether a recorder may start: a little more than the floor, so that recording does not flap."""
    return free_bytes(root) > settings.RECORDING_MIN_FREE_BYTES * _RESUME_FACTOR


def watch(tier: StorageTier, *, bytes_per_second: float) -> None:
    """Raise the alarm once when room runs short, and call it off once when there is clearly room again."""
    free = free_bytes(Path(tier.root))
    spare = max(0, free - settings.RECORDING_MIN_FREE_BYTES)
    hours_left = spare / bytes_per_second / 3600 if bytes_per_second > 0 else None
    key = f"vms:tier:nearly-full:{tier.pk}"
    if _is_short(free, hours_left) and _connection.set(key, str(free), nx=True):
        tier_nearly_full.send_robust(sender=StorageTier, tier=tier, free_bytes=free, hours_left=hours_left)
    elif _is_short(free, hours_left, by=_CALM_FACTOR):
        _connection.set(key, str(free), xx=True)
    elif _connection.delete(key):
        tier_has_room.send_robust(sender=StorageTier, tier=tier)


def _is_short(free: int, hours_left: float | None, by: float = 1.0) -> bool:
    least_free, least_hours = by * _WARN_FREE_FACTOR * settings.RECORDING_MIN_FREE_BYTES, by * _WARN_HOURS
    return free < least_free or (hours_left is not None and hours_left < least_hours)


def tiers_short_of_room() -> dict[int, int]:
    """Free bytes of each tier whose alarm is on, by the tier's id; nothing when Redis is away."""
    try:
        found = {tier_id: _connection.get(f"vms:tier:nearly-full:{tier_id}") for tier_id in _tier_ids()}
    except redis.RedisError:
        return {}
    return {tier_id: int(free) for tier_id, free in found.items() if free is not None}


def _tier_ids() -> list[int]:
    return list(StorageTier.objects.values_list("pk", flat=True))
