"""Pages of what happens over time, from the newest backwards. No page asks how many rows there are: there may be millions."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Rows of a page, and the number of the row after which the next older page begins; None on the last."""

    rows: list[Any]
    older: int | None
    is_newest: bool


def history_page(rows: QuerySet[Any], after_row: str | None, *, size: int = PER_PAGE) -> HistoryPage:
    """The page that follows a row, or the newest. A row has `at`."""
    last = _row(rows, after_row)
    ordered = rows.order_by("-at", "-pk")
    if last is not None:
        # The first condition is the second's shadow; it is the one by which an index can begin in the middle.
        ordered = ordered.filter(at__lte=last.at).filter(Q(at__lt=last.at) | Q(pk__lt=last.pk))
    found = list(ordered[: size + 1])
    older = found[size - 1].pk if len(found) > size else None
    return HistoryPage(found[:size], older, last is None)


def _row(rows: QuerySet[Any], number: str | None) -> Any:
    if not number or not number.isdecimal() or len(number) > 18:
        return None
    return rows.model._default_manager.filter(pk=int(number)).only("at").first()
