"""Writes the audit out, line by line: CSV for people, JSON lines for programs."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from django.db.models import QuerySet

from accounts import audit
from accounts.audit import Actor
from accounts.audit_search import pages_of
from accounts.choices import AuditVerb
from accounts.model_diffs import diffs_of_targets, told
from accounts.models import AuditEntry

COLUMNS: Final = (
    *("number", "digest", "id", "at", "actor", "actor_label", "verb", "target_type", "target_id", "target_label"),
    *("data", "changes", "door", "token", "address", "request_id"),
)
FORMATS: Final = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson"}
"""How it can be written, and what that is called in HTTP (RFC 4180; ndjson.org)."""
_STARTS_A_FORMULA = tuple("=+-@\t\r")


def begin(entries: QuerySet[AuditEntry], *, form: str, criteria: dict[str, str], actor: Actor) -> Iterator[str]:
    """Say in the audit who takes what along, then write it: pieces of text, some hundred kilobytes at most each."""
    audit.record(actor=actor, verb=AuditVerb.AUDIT_EXPORTED, format=form, criteria=criteria)
    return _WRITERS[form](pages_of(entries))


def facts_of(entry: AuditEntry, changes: list[dict[str, Any]]) -> dict[str, Any]:
    """An entry as it is written out."""
    seal: Any = getattr(entry, "seal", None)
    return {
        "number": seal.number if seal else None,
        "digest": seal.digest if seal else None,
        "id": entry.pk,
        "at": entry.at.isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "actor": entry.actor_id,
        "actor_label": entry.actor_label,
        "verb": entry.verb,
        "target_type": entry.target_type,
        "target_id": entry.target_id,
        "target_label": entry.target_label,
        "data": entry.data,
        "changes": changes,
        "door": entry.door,
        "token": entry.token_id,
        "address": entry.address,
        "request_id": entry.request_id,
    }


def _facts_of_page(page: list[AuditEntry]) -> Iterator[dict[str, Any]]:
    diffs = diffs_of_targets(page)
    for entry in page:
        yield facts_of(entry, [told(diff) for diff in diffs.get(entry.pk, ())])


def _as_json_lines(pages: Iterable[list[AuditEntry]]) -> Iterator[str]:
    for page in pages:
        yield "".join(json.dumps(facts) + "\n" for facts in _facts_of_page(page))


def _as_csv(pages: Iterable[list[AuditEntry]]) -> Iterator[str]:
    yield ",".join(COLUMNS) + "\r\n"
    for page in pages:
        text = io.StringIO()
        writer = csv.DictWriter(text, COLUMNS)
        writer.writerows({name: _cell(value) for name, value in facts.items()} for facts in _facts_of_page(page))
        yield text.getvalue()


def _cell(value: Any) -> Any:
    """A value as a spreadsheet shows it, without carrying it out (OWASP, "CSV injection")."""
    text = json.dumps(value) if isinstance(value, dict | list) else value
    return f"'{text}" if isinstance(text, str) and text.startswith(_STARTS_A_FORMULA) else text


_WRITERS: dict[str, Callable[[Iterable[list[AuditEntry]]], Iterator[str]]] = {"csv": _as_csv, "jsonl": _as_json_lines}
