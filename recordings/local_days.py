"""Pure: a site's days, which its clocks make 23, 24 or 25 hours long."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def day_of(instant: datetime, zone: ZoneInfo) -> date:
    """The day that the site's calendar shows at an instant."""
    return instant.astimezone(zone).date()


def bounds_of(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The instants (UTC) at which a day begins and ends: its end belongs to the next day. Raises OverflowError."""
    return _midnight(day, zone), _midnight(day + timedelta(days=1), zone)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    """Where clocks skip midnight, the instant at which they do; where it comes twice, the first."""
    return datetime.combine(day, time(), zone).astimezone(UTC)
