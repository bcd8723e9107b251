"""Tells an audit entry to people: what changed, and what else belongs to it."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.apps import apps
from django.urls import NoReverseMatch, reverse

from accounts import model_diffs
from accounts.models import AuditEntry
from accounts.scopes import Scope

# All of them ask for members:read.
_PAGES = {
    "accounts.user": "accounts:person",
    "accounts.usergroup": "accounts:user-group",
    "accounts.role": "accounts:role",
}


class Changed(NamedTuple):
    """A fact before and after."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Told:
    """An entry, the address of the page about its target (empty without one), what changed, and what else is known."""

    entry: AuditEntry
    address: str
    changes: list[Changed]
    facts: list[tuple[str, str]]


def told(entries: list[AuditEntry], reader: Any) -> list[Told]:
    """Entries for a page, with links to what the reader may see. Costs some queries, however many entries there are."""
    diffs, addresses = model_diffs.diffs_of_targets(entries), _addresses(entries, reader)
    return [
        Told(
            entry,
            addresses.get((entry.target_type, entry.target_id), ""),
            _changes(entry, [field for diff in diffs.get(entry.pk, ()) for field in model_diffs.fields_of(diff)]),
            [(_plain(name), _text(value)) for name, value in entry.data.items() if name not in ("before", "after")],
        )
        for entry in entries
    ]


def _changes(entry: AuditEntry, fields: list[dict[str, Any]]) -> list[Changed]:
    """What the verb says changed; and what else changed in the row."""
    before, after = entry.data.get("before"), entry.data.get("after")
    if isinstance(before, dict) and isinstance(after, dict):
        said = [Changed(_plain(name), _text(before.get(name)), _text(after.get(name))) for name in {**before, **after}]
    else:
        said = (
            [Changed("value", _text(before), _text(after))] if "before" in entry.data or "after" in entry.data else []
        )
    known = {change.name for change in said}
    more = [Changed(_plain(one["field"]), _text(one["before"]), _text(one["after"])) for one in fields]
    return said + [change for change in more if change.name not in known and change.before != change.after]


def _plain(name: str) -> str:
    return name.replace("_", " ")


def _text(value: Any) -> str:
    """A value in words; an empty one is a dash."""
    if value in (None, "", [], {}):
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return ", ".join(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _addresses(entries: Iterable[AuditEntry], reader: Any) -> dict[tuple[str, str], str]:
    by_type: dict[str, set[str]] = {}
    for entry in entries:
        if entry.target_id:
            by_type.setdefault(entry.target_type, set()).add(entry.target_id)
    return {
        (kind, number): address
        for kind, numbers in by_type.items()
        for number, address in _addresses_of(kind, numbers, reader)
    }


def _addresses_of(kind: str, numbers: set[str], reader: Any) -> Iterable[tuple[str, str]]:
    """Rows of a kind that have pages, and that this person may know of. What is gone has no page."""
    try:
        model = apps.get_model(kind)
    except LookupError:
        return
    page = _PAGES.get(kind)
    if page is None and not hasattr(model, "get_absolute_url"):
        return
    if page is not None and not reader.has_scope(Scope.MEMBERS_READ):
        return
    rows: Any = model._default_manager.filter(pk__in=numbers)
    for row in rows.visible_to(reader) if hasattr(rows, "visible_to") else rows:
        address = _reversed(page, row.pk) if page else row.get_absolute_url()
        if address:
            yield str(row.pk), address


def _reversed(page: str, number: Any) -> str:
    try:
        return reverse(page, args=[number])
    except NoReverseMatch:
        return ""
