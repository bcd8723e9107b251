"""Finds sites and groups that people name in lists: by number, by name, or by the names on the way to a group."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Q

from accounts.models import User
from cameras.models import CameraGroup, Site

_MOST_DIGITS = 18  # what a database takes for a number


def storable(text: Any) -> bool:
    """Whether a value is text that a database can hold: without NUL, and without halves of letters."""
    return isinstance(text, str) and "\0" not in text and not any("\ud800" <= one <= "\udfff" for one in text)


class PlaceNames:
    """Sites and groups that somebody sees, as far as some rows name them. Two queries, however many rows."""

    def __init__(self, user: User, rows: Iterable[Mapping[str, Any]]) -> None:
        named = list(rows)
        self._found: dict[str, dict[int | str, Any]] = {
            "site": self._sites(user, {row.get("site") for row in named if isinstance(row.get("site"), str | int)}),
            "group": self._groups(user) if any(row.get("group") for row in named) else {},
        }

    def find(self, kind: str, name: Any) -> Any:
        """The site or group; None when there is none, more than one, or it may not be seen. A name counts before a number."""
        known = self._found[kind]
        if isinstance(name, bool) or not isinstance(name, str | int):
            return None
        if isinstance(name, int):
            return known.get(name)
        found = known.get(_path(name.split("/")) if kind == "group" else name)
        return found if found is not None else known.get(_number(name) or "")

    @staticmethod
    def _sites(user: User, names: set[Any]) -> dict[int | str, Any]:
        numbers = {_number(str(name)) for name in names} - {None}
        texts = {name for name in names if storable(name)}
        sites = Site.objects.visible_to(user).filter(Q(name__in=texts) | Q(pk__in=numbers))
        return {key: site for site in sites for key in (site.pk, site.name)}

    @staticmethod
    def _groups(user: User) -> dict[int | str, Any]:
        groups: dict[int | str, CameraGroup] = {group.pk: group for group in CameraGroup.objects.visible_to(user)}
        found: dict[int | str, Any] = dict(groups)
        for group in groups.values():
            path = _path(_names_to(group, groups))
            found[path] = None if path in found else group
        return found


def _names_to(group: CameraGroup, groups: Mapping[int | str, CameraGroup]) -> list[str]:
    names = [group.name]
    while group.parent_id is not None and group.parent_id in groups:
        group = groups[group.parent_id]
        names.insert(0, group.name)
    return names


def _path(names: Iterable[str]) -> str:
    return "/".join(name.strip() for name in names)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS else None
