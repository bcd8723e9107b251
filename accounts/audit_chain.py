"""Holds audit entries together, so that whoever alters, removes or inserts one is found out.

Entries are written by verbs, in their own transactions, as many at a time as there are people. One sealer at a time
then gives those that have been committed their numbers, without a gap and from 1, and a digest over the digest before it
and the entry (a hash chain: Haber and Stornetta, "How to time-stamp a digital document", 1991). The order of the chain is
that of sealing.
"""

import hashlib
import json
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC
from typing import Any, Final, NamedTuple

from django.db import connection, transaction

from accounts.models import AuditEntry, AuditSeal, UnsealedEntry

GENESIS: Final = "0" * 64
"""What stands before the first entry."""

FIELDS: Final = (
    "id",
    "at",
    "actor_id",
    "actor_label",
    "verb",
    "target_type",
    "target_id",
    "target_label",
    "data",
    "door",
    "token_id",
    "address",
    "request_id",
)
"""What a digest covers: all of an entry."""

_BATCH = 2_000
_IN_PASSING = 50
_TURN = 0x766D735F6175  # of PostgreSQL's advisory locks, the one of the chain
_SECONDS_BETWEEN = 1.0


class Head(NamedTuple):
    """A place in the chain: told to somebody elsewhere, it proves later that nothing up to it was changed or cut off."""

    number: int
    digest: str

    def __str__(self) -> str:
        return f"{self.number}:{self.digest}"


def head() -> Head | None:
    """The last place that was given; None before the first."""
    last = AuditSeal.objects.order_by("-number").values_list("number", "digest").first()
    return Head(*last) if last else None


def digest_of(previous: str, entry: Sequence[Any]) -> str:
    """SHA-256 over the digest before and the entry's FIELDS as canonical JSON: sorted names, no spaces, ASCII."""
    facts = dict(zip(FIELDS, entry, strict=True))
    facts["at"] = facts["at"].astimezone(UTC).isoformat(timespec="microseconds")
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{previous}{text}".encode()).hexdigest()


def seal_all() -> int:
    """Give every waiting entry its place; how many there were. Waits for another sealer."""
    sealed = 0
    while given := seal():
        sealed += given
    return sealed


@transaction.atomic
def seal(*, wait: bool = True, most: int = _BATCH) -> int:
    """Give some of the waiting entries, the oldest first, their places; how many. 0 when another sealer is at it and this
    one should not wait."""
    if not take_turn(wait=wait):
        return 0
    entries = _oldest_waiting(most)
    if entries:
        AuditSeal.objects.bulk_create(_seals(head() or Head(0, GENESIS), entries))
        UnsealedEntry.objects.filter(entry_id__in=[entry[0] for entry in entries]).delete()
    return len(entries)


def _oldest_waiting(most: int) -> list[Sequence[Any]]:
    """Entries that can be sealed. Those that are gone, or sealed already, wait for ever: verify_audit tells of them."""
    after = 0
    while True:
        waiting = UnsealedEntry.objects.filter(entry_id__gt=after).order_by("entry_id")
        numbers = list(waiting.values_list("entry_id", flat=True)[:most])
        rows = AuditEntry.objects.filter(pk__in=numbers, seal__isnull=True).order_by("pk")
        entries = list(rows.values_list(*FIELDS)) if numbers else []
        if entries or not numbers:
            return entries
        after = numbers[-1]


def take_turn(*, wait: bool = True) -> bool:
    """Be the only one at the chain until the transaction ends; whether that is so.

    SQLite's transactions are one at a time anyway (IMMEDIATE, see the settings).
    """
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        if wait:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_TURN])
            return True
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_TURN])
        return bool(cursor.fetchone()[0])


def _seals(last: Head, entries: Sequence[Sequence[Any]]) -> list[AuditSeal]:
    seals = []
    for entry in entries:
        last = Head(last.number + 1, digest_of(last.digest, entry))
        seals.append(AuditSeal(number=last.number, entry_id=entry[0], digest=last.digest))
    return seals


class Pace:
    """Lets somebody pass at most once in a while, in this process."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds, self._clock = seconds, clock
        self._next = 0.0
        self._guard = threading.Lock()

    def allows(self) -> bool:
        """Whether it is time again; if so, the while begins anew."""
        with self._guard:
            now = self._clock()
            if now < self._next:
                return False
            self._next = now + self._seconds
            return True


_pace = Pace(_SECONDS_BETWEEN)


def seal_soon() -> None:
    """Once the transaction has been committed, seal what waits, unless that was just done: the clock does the rest."""
    transaction.on_commit(_seal_in_passing, robust=True)


def _seal_in_passing() -> None:
    if _pace.allows():
        seal(wait=False, most=_IN_PASSING)
