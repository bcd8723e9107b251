"""How the API is used: how often, how fast, by whom."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts import api_usage
from accounts.access import scope_required
from accounts.api_usage import Usage
from accounts.models import ApiCall
from accounts.scopes import Scope

_RANGES: Final = {
    "hour": ("1 hour", timedelta(hours=1)),
    "day": ("1 day", timedelta(days=1)),
    "week": ("7 days", timedelta(days=7)),
    "month": ("30 days", timedelta(days=30)),
}
_USUAL = "day"
_BAR_WIDTH, _CHART_HEIGHT = 10, 100
_LATEST_FAILURES = 10


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of the chart in the units of its view box; `failed_height` is the part of it that failed."""

    x: int
    height: float
    failed_height: float
    at: datetime
    calls: int
    errors: int

    @property
    def y(self) -> float:
        """Its top."""
        return _CHART_HEIGHT - self.height

    @property
    def failed_y(self) -> float:
        """The top of the part that failed."""
        return _CHART_HEIGHT - self.failed_height


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a table: calls put together, their share of the most frequent row in per cent, and their p95 in words."""

    usage: Usage
    share: int
    p95: str


@require_safe
@scope_required(Scope.USAGE_READ)
def usage(request: HttpRequest) -> HttpResponse:
    """Calls of a range over time, by route and by token, and the latest that failed."""
    chosen = request.GET.get("range", _USUAL)
    chosen = chosen if chosen in _RANGES else _USUAL
    before = timezone.now()
    after = before - _RANGES[chosen][1]
    calls = ApiCall.objects.visible_to(request.user)
    over_time = api_usage.usage(calls, by="time", after=after, before=before)
    bars = bars_of(over_time, after=after, before=before)
    failures = calls.filter(at__gte=after, status__gte=400).select_related("user", "token").order_by("-at", "-pk")
    context = {
        "ranges": [(name, label) for name, (label, _) in _RANGES.items()],
        "range": chosen,
        "bars": bars,
        "chart_width": max(1, len(bars)) * _BAR_WIDTH,
        "most": max((bar.calls for bar in bars), default=0),
        "step": api_usage.step_of(before - after).name,
        "calls": sum(row.calls for row in over_time),
        "errors": sum(row.errors for row in over_time),
        "server_errors": sum(row.server_errors for row in over_time),
        "routes": _lines(api_usage.usage(calls, by="route", after=after, before=before)),
        "tokens": _lines(api_usage.usage(calls, by="token", after=after, before=before)[:25]),
        "failures": failures[:_LATEST_FAILURES],
    }
    return render(request, "accounts/api_usage.html", context)


def bars_of(rows: list[Usage], *, after: datetime, before: datetime) -> list[Bar]:
    """A bar for each minute, hour or day of the range, also for those without a call."""
    step = api_usage.step_of(before - after)
    counted = {row.at: row for row in rows}
    most = max((row.calls for row in rows), default=0) or 1
    bars: list[Bar] = []
    at = step.begin_of(after)
    while at < before:
        row = counted.get(at)
        calls, errors = (row.calls, row.errors) if row else (0, 0)
        height, failed = (round(_CHART_HEIGHT * count / most, 2) for count in (calls, errors))
        bars.append(Bar(len(bars) * _BAR_WIDTH, height, failed, at, calls, errors))
        at += step.length
    return bars


def _lines(rows: list[Usage]) -> list[Line]:
    most = max((row.calls for row in rows), default=0) or 1
    return [Line(row, max(1, round(100 * row.calls / most)), _in_words(row.p95_us)) for row in rows]


def _in_words(microseconds: int) -> str:
    milliseconds = microseconds / 1_000
    if milliseconds < 10:
        return f"{milliseconds:.1f} ms"
    return f"{milliseconds:.0f} ms" if milliseconds < 10_000 else f"{milliseconds / 1_000:.0f} s"
