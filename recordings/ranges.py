"""Which time ranges may be asked for."""

from datetime import UTC, datetime, timedelta

from django.conf import settings

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class BadRange(Exception):
    """The asked range makes no sense; `field` is the parameter to change, the text says how."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def check_range(start: datetime, end: datetime, now: datetime) -> None:
    """Raise BadRange for a range that is reversed, lies in the future or before 1970, or is longer than 31 days."""
    if start.tzinfo is None:
        raise BadRange("start", "The start has no time zone. End it with Z for UTC.")
    if end.tzinfo is None:
        raise BadRange("end", "The end has no time zone. End it with Z for UTC.")
    if start < _EPOCH:
        raise BadRange("start", "The range begins before 1970.")
    if end <= start:
        raise BadRange("end", "The end must be after the start.")
    if start >= now:
        raise BadRange("start", "The range lies in the future.")
    if end - start > timedelta(days=settings.PLAYBACK_MAX_DAYS):
        raise BadRange("end", f"The range is longer than {settings.PLAYBACK_MAX_DAYS} days. Ask for several.")
