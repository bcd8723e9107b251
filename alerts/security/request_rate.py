"""An API token that asks far more often than it ever did."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Count
from django.db.models.functions import TruncMinute

from accounts.models import ApiCall, ApiToken
from alerts.security.finding import Finding, Limits

_MOST: Final = 20
_AGE: Final = timedelta(days=1)


def look(now: datetime, limits: Limits) -> list[Finding]:
    """By the requests of the window, against the busiest minute of the last hours, and of this time of day before."""
    since = now - timedelta(seconds=limits.window_seconds)
    calls = ApiCall.objects.filter(at__gt=since, at__lte=now, token__isnull=False).order_by()
    counts = calls.values("token_id").annotate(requests=Count("pk")).filter(requests__gte=limits.threshold)
    found = []
    for row in counts.order_by("-requests")[:_MOST]:
        token = ApiToken.objects.get(pk=row["token_id"])
        per_minute = row["requests"] * 60 // limits.window_seconds
        past = max(_busiest_minute(token, *span) for span in _spans(since))
        if is_far_above(per_minute, past, limits, age=now - token.created_at):
            facts = {"requests_per_minute": per_minute, "busiest_minute_before": past}
            found.append(Finding(f"token {token.pk}", token.owner_id, token.pk, token.last_used_address, facts))
    return found


def is_far_above(per_minute: int, past: int, limits: Limits, *, age: timedelta) -> bool:
    """Whether a token asks far above its own past; one of less than a day has none."""
    return (
        age >= _AGE
        and per_minute * limits.window_seconds >= limits.threshold * 60
        and per_minute > limits.factor * past
    )


def _spans(since: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Spans of the past that are read: bounded, and those in which a nightly job would have run."""
    yield since - timedelta(hours=3), since
    for days in (1, 7):
        middle = since - timedelta(days=days)
        yield middle - timedelta(minutes=30), middle + timedelta(minutes=30)


def _busiest_minute(token: ApiToken, start: datetime, end: datetime) -> int:
    calls: Any = ApiCall.objects.filter(token=token, at__gt=start, at__lte=end).order_by()
    minutes = calls.annotate(minute=TruncMinute("at")).values("minute").annotate(requests=Count("pk"))
    return minutes.order_by("-requests").values_list("requests", flat=True).first() or 0
