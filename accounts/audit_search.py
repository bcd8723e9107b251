"""Finds audit entries: who did what to what, through which door, from where, when, in which words."""

from collections.abc import Iterator
from typing import Any, Final

from django.db import connection
from django.db.models import F, Func, Q, QuerySet, TextField

from accounts.models import AuditEntry

SAME: Final = ("actor", "verb", "target_type", "target_id", "door", "token", "address", "request_id")
"""What is compared as a whole."""
_PAGE = 1_000


class Words(Func):
    """All that is written in an entry, as one text. The same expression is indexed (migration 0005_audit_is_append_only)."""

    arity = 4
    output_field = TextField()
    template = "(%(expressions)s)"
    arg_joiner = " || ' ' || "

    def __init__(self) -> None:
        super().__init__(F("actor_label"), F("target_label"), F("target_id"), F("data"))

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, Any]:
        """JSON is no text there until it is cast."""
        parts, values = zip(*(compiler.compile(one) for one in self.get_source_expressions()), strict=True)
        text = self.arg_joiner.join([*parts[:-1], f"{parts[-1]}::text"])
        return f"({text})", [value for some in values for value in some]


def narrowed(entries: QuerySet[AuditEntry], **criteria: Any) -> QuerySet[AuditEntry]:
    """Those that fit all of the criteria: any of SAME, `after` and `before` (instants), `q` (words). Empty ones count not."""
    wanted = {name: value for name, value in criteria.items() if value not in (None, "")}
    entries = entries.filter(**{name: wanted[name] for name in SAME if name in wanted})
    if "after" in wanted:
        entries = entries.filter(at__gte=wanted["after"])
    if "before" in wanted:
        entries = entries.filter(at__lt=wanted["before"])
    return having_words(entries, wanted.get("q", ""))


def having_words(entries: QuerySet[AuditEntry], text: str) -> QuerySet[AuditEntry]:
    """Those in which each of the words occurs, whatever its capitals: in who did it, in what it was done to, in the data."""
    words = text.split()
    if words:
        entries = entries.alias(words=Words())
    for word in words:
        entries = entries.filter(Q(words__icontains=word))
    return entries


def pages_of(entries: QuerySet[AuditEntry]) -> Iterator[list[AuditEntry]]:
    """All of them, the newest first, a thousand at a time: however many there are, no more are in memory."""
    rows, last = entries.select_related("seal").order_by("-at", "-pk"), None
    while page := list(_following(rows, last)[:_PAGE]):
        yield page
        last = page[-1]


def _following(rows: QuerySet[AuditEntry], last: AuditEntry | None) -> QuerySet[AuditEntry]:
    if last is None:
        return rows
    # The first condition is the second's shadow; it is the one by which an index can begin in the middle.
    return rows.filter(at__lte=last.at).filter(Q(at__lt=last.at) | Q(pk__lt=last.pk))


def target_types() -> list[str]:
    """Kinds of rows that the audit has entries about. Skips from one to the next in the index, however many there are."""
    table = AuditEntry._meta.db_table
    statement = f"""
        WITH RECURSIVE kinds(kind) AS (
            SELECT MIN(target_type) FROM {table} WHERE target_type > ''
            UNION ALL
            SELECT (SELECT MIN(target_type) FROM {table} WHERE target_type > kind) FROM kinds WHERE kind IS NOT NULL
        ) SELECT kind FROM kinds WHERE kind IS NOT NULL
    """  # noqa: S608  (the table's name is ours)
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return [kind for (kind,) in cursor.fetchall()]
