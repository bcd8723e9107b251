"""How the API is used: how often, how fast, and how often in vain; counted by the database."""

import math
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from django.db.backends.signals import connection_created
from django.db.models import Aggregate, Count, F, IntegerField, Q, QuerySet, Sum
from django.db.models.functions import TruncDay, TruncHour, TruncMinute
from django.dispatch import receiver

from accounts.models import ApiCall

WAYS: Final = ("route", "token", "time")
"""By what calls are put together."""
LONGEST: Final = timedelta(days=31)
MOST_ROWS: Final = 200
_COLUMNS: Final[dict[str, dict[str, Any]]] = {
    "route": {"the_method": F("method"), "the_route": F("route")},
    "token": {
        "the_token": F("token_id"),
        "token_name": F("token__name"),
        "the_user": F("user_id"),
        "email": F("user__email"),
    },
}


class Step(NamedTuple):
    """How a range is cut into pieces: how long each is, what it is called, and how the database cuts."""

    length: timedelta
    name: str
    cut: Any

    def begin_of(self, instant: datetime) -> datetime:
        """When the piece began in which the instant lies, in UTC."""
        seconds = int(self.length.total_seconds())
        return datetime.fromtimestamp(instant.timestamp() // seconds * seconds, UTC)


_STEPS = (
    (timedelta(hours=2), Step(timedelta(minutes=1), "minute", TruncMinute)),
    (timedelta(days=4), Step(timedelta(hours=1), "hour", TruncHour)),
    (LONGEST, Step(timedelta(days=1), "day", TruncDay)),
)


class Percentile95(Aggregate):
    """The value that 95 % of the values do not exceed, one of them (PERCENTILE_DISC of SQL:2003)."""

    function = "PERCENTILE_DISC"
    template = "%(function)s(0.95) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = IntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        """SQLite has no such function; it is given one below."""
        return self.as_sql(compiler, connection, function="vms_p95", template="%(function)s(%(expressions)s)", **extra)


class Usage(NamedTuple):
    """Calls put together. What they have in common, and what came of them; `p95_us` is a time in microseconds."""

    method: str | None
    route: str | None
    token: int | None
    token_name: str | None
    user: int | None
    email: str | None
    at: datetime | None
    calls: int
    errors: int
    server_errors: int
    p95_us: int
    request_bytes: int
    response_bytes: int


def usage(calls: QuerySet[ApiCall], *, by: str, after: datetime, before: datetime) -> list[Usage]:
    """Calls of a range by route, by token, or by time: the most frequent 200, or all minutes, hours or days in order."""
    within = calls.filter(at__gte=after, at__lt=before).order_by()
    columns = {"the_at": step_of(before - after).cut("at", tzinfo=UTC)} if by == "time" else _COLUMNS[by]
    rows = within.annotate(**columns).values(*columns).annotate(**_measures())
    ordered = rows.order_by("the_at") if by == "time" else rows.order_by("-calls", *columns)[:MOST_ROWS]
    return [_usage(row) for row in ordered]


def _measures() -> dict[str, Any]:
    return {
        "calls": Count("pk"),
        "errors": Count("pk", filter=Q(status__gte=400)),
        "server_errors": Count("pk", filter=Q(status__gte=500)),
        "p95_us": Percentile95("duration_us"),
        "all_request_bytes": Sum("request_bytes"),
        "all_response_bytes": Sum("response_bytes"),
    }


def step_of(length: timedelta) -> Step:
    """How a range of this length is cut: into minutes, hours, or days of UTC."""
    return next(step for longest, step in _STEPS if length <= longest)


def _usage(row: dict[str, Any]) -> Usage:
    return Usage(
        method=row.get("the_method"),
        route=row.get("the_route"),
        token=row.get("the_token"),
        token_name=row.get("token_name"),
        user=row.get("the_user"),
        email=row.get("email"),
        at=row.get("the_at"),
        calls=row["calls"],
        errors=row["errors"],
        server_errors=row["server_errors"],
        p95_us=row["p95_us"],
        request_bytes=row["all_request_bytes"],
        response_bytes=row["all_response_bytes"],
    )


class _SortedOut:
    """The aggregate for SQLite."""

    def __init__(self) -> None:
        self._values: list[int] = []

    def step(self, value: int | None) -> None:
        if value is not None:
            self._values.append(value)

    def finalize(self) -> int | None:
        rank = math.ceil(0.95 * len(self._values))
        return sorted(self._values)[rank - 1] if self._values else None


@receiver(connection_created, dispatch_uid="accounts.api_usage")
def _teach_sqlite(connection: Any, **kwargs: Any) -> None:
    if connection.vendor == "sqlite":
        connection.connection.create_aggregate("vms_p95", 1, _SortedOut)
