"""Walks the chain of audit entries and finds the first that was altered, taken out or put in."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from accounts.audit_chain import FIELDS, GENESIS, Head, digest_of
from accounts.choices import AuditVerb
from accounts.models import AuditEntry, AuditSeal, UnsealedEntry

_PAGE = 2_000
_ID, _AT = FIELDS.index("id"), FIELDS.index("at")


@dataclass(frozen=True, slots=True)
class Link:
    """A seal, and the entry that it is about as it is now; without one, the entry is gone."""

    number: int
    digest: str
    entry_id: int | None
    entry: Sequence[Any] | None

    @property
    def head(self) -> Head:
        """This place."""
        return Head(self.number, self.digest)


class Broken(Exception):
    """The chain does not hold: at which number, about which entry (None where nobody can tell), and what is wrong."""

    def __init__(self, problem: str, *, number: int | None = None, entry_id: int | None = None) -> None:
        super().__init__(problem)
        self.number, self.entry_id = number, entry_id

    def __str__(self) -> str:
        where = [f"number {self.number}" if self.number else "", f"entry {self.entry_id}" if self.entry_id else ""]
        return ": ".join([", ".join(filter(None, where)), str(self.args[0])]).lstrip(": ")


@dataclass(frozen=True, slots=True)
class Proof:
    """What holds: so many entries up to the head, after the checkpoint that trimming left; so many wait for their seals."""

    head: Head | None
    checkpoint: Head | None
    entries: int
    waiting: int


def prove(expected: Head | None = None) -> Proof:
    """Walk all of the chain, in bounded memory. `expected` is a head that was noted down at another time.

    Raises Broken.
    """
    with _one_moment():
        checkpoint = beginning()
        last, entries = checkpoint, 0
        for link in follow(links(after=checkpoint.number if checkpoint else 0), checkpoint):
            last, entries = link.head, entries + 1
        _look_for_strangers()
        if expected is not None:
            _compare(expected, checkpoint, last)
        return Proof(last, checkpoint, entries, UnsealedEntry.objects.count())


def links(*, after: int = 0) -> Iterator[Link]:
    """Places in their order."""
    columns = ("number", "digest", "entry_id", *(f"entry__{name}" for name in FIELDS))
    while True:
        page = list(AuditSeal.objects.filter(number__gt=after).order_by("number").values_list(*columns)[:_PAGE])
        for number, digest, entry_id, *entry in page:
            yield Link(number, digest, entry_id, entry if entry[_AT] is not None else None)
        if len(page) < _PAGE:
            return
        after = page[-1][0]


def follow(chain: Iterable[Link], last: Head | None) -> Iterator[Link]:
    """The same places, as long as each follows from the one before. Raises Broken at the first that does not."""
    number, digest = last or Head(0, GENESIS)
    for link in chain:
        number += 1
        if link.number != number:
            raise Broken(_gap(number, link.number), number=number)
        if link.entry is None:
            raise Broken("the entry is missing, only its seal is left", number=number, entry_id=link.entry_id)
        digest = digest_of(digest, link.entry)
        if link.digest != digest:
            problem = "the entry was altered, or stands where another one stood: the seal does not fit"
            raise Broken(problem, number=number, entry_id=link.entry_id)
        yield link


def _gap(expected: int, found: int) -> str:
    many = found - expected
    return f"{many} entries are missing together with their seals" if many > 1 else "an entry is missing with its seal"


def beginning() -> Head | None:
    """Where the chain begins, if its oldest part was trimmed. Raises Broken unless trimming says so in the audit."""
    first = AuditSeal.objects.filter(entry__isnull=True).order_by("number").values_list("number", "digest").first()
    if first is None or AuditSeal.objects.filter(number__lt=first[0]).exists():
        return None
    trimmed = AuditEntry.objects.filter(verb=AuditVerb.AUDIT_TRIMMED)
    if not trimmed.filter(data__number=first[0], data__digest=first[1]).exists():
        raise Broken(
            "the chain begins here, but nothing in the audit says that older entries were trimmed", number=first[0]
        )
    return Head(*first)


def _look_for_strangers() -> None:
    """Raise Broken for an entry that has no place in the chain and waits for none, or that waits but is gone."""
    stranger = AuditEntry.objects.filter(seal__isnull=True, waiting__isnull=True).order_by("pk").first()
    if stranger is not None:
        raise Broken("the entry was inserted: it has no place in the chain", entry_id=stranger.pk)
    waiting = UnsealedEntry.objects.order_by("entry_id")
    twice = waiting.filter(Exists(AuditSeal.objects.filter(entry_id=OuterRef("entry_id")))).first()
    if twice is not None:
        raise Broken("the entry is sealed, and somebody has put it among those that wait", entry_id=twice.entry_id)
    gone = waiting.filter(~Exists(AuditEntry.objects.filter(pk=OuterRef("entry_id")))).first()
    if gone is not None:
        raise Broken("the entry is missing, it was removed before it was sealed", entry_id=gone.entry_id)


def _compare(expected: Head, checkpoint: Head | None, last: Head | None) -> None:
    reached = last.number if last else 0
    if expected.number > reached:
        raise Broken(f"the end of the chain was cut off: it once reached number {expected.number}", number=reached + 1)
    if checkpoint is not None and expected.number < checkpoint.number:
        raise Broken(f"this number has been trimmed; keep a head from {checkpoint.number} on", number=expected.number)
    digest = AuditSeal.objects.values_list("digest", flat=True).get(number=expected.number)
    if digest != expected.digest:
        raise Broken(
            "another digest was noted down for this number: the chain was written anew", number=expected.number
        )


@contextmanager
def _one_moment() -> Iterator[None]:
    """On PostgreSQL, see the tables as they are now until the end, whatever is sealed and trimmed meanwhile."""
    if connection.vendor != "postgresql" or connection.in_atomic_block:
        yield
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield
