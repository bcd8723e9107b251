"""Somebody tries stream keys, or names of cameras, from one address."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final

from alerts.security.finding import MOST, Finding, Limits
from streaming.choices import RefusalCause
from streaming.models import PublishAttempt

_GUESSES: Final = (RefusalCause.WRONG_KEY, RefusalCause.UNKNOWN_CAMERA)
_MOST_READ: Final = 10_000


@dataclass(frozen=True, slots=True)
class Tries:
    """What one address tried under one name: how often in all, and how often a minute."""

    address: str
    name: str
    count: int
    per_minute: float


def look(now: datetime, limits: Limits) -> list[Finding]:
    """By the refused publishes of the window."""
    since = now - timedelta(seconds=limits.window_seconds)
    rows = PublishAttempt.objects.filter(last_at__gt=since, cause__in=_GUESSES, address__isnull=False)
    return findings([_tries(row) for row in rows.order_by("-last_at")[:_MOST_READ]], limits)[:MOST]


def findings(tries: Iterable[Tries], limits: Limits) -> list[Finding]:
    """Addresses that try many names, or one faster than any encoder does.

    An encoder with an old key knocks under one name, every few seconds, for days: that is a fault and no guessing.
    """
    found = []
    for address, rows in groupby(sorted(tries, key=lambda one: one.address), key=lambda one: one.address):
        own = list(rows)
        names, fastest = {one.name for one in own}, max(one.per_minute for one in own)
        if len(names) >= limits.threshold or fastest > limits.factor:
            facts = {
                "names": len(names),
                "tries": sum(one.count for one in own),
                "fastest_per_minute": round(fastest),
                "examples": sorted(names)[:5],
            }
            found.append(Finding(f"address {address}", address=address, facts=facts))
    return found


def _tries(row: PublishAttempt) -> Tries:
    minutes = max(1.0, (row.last_at - row.first_at).total_seconds() / 60)
    return Tries(str(row.address), row.presented_name, row.count, row.count / minutes)
