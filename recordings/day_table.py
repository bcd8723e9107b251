"""A day's footage and gaps as lines of a table, for people and for browsers without JavaScript."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from cameras.models import Camera
from recordings.coverage import coverage_of

_RESOLUTION_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class DayRow:
    """A line: footage, or a gap with its cause."""

    start: datetime
    end: datetime
    cause: str = ""
    detail: str = ""

    @property
    def length(self) -> str:
        """Its length in two words at most: "2 h 5 min", "5 min 3 s", "42 s"."""
        minutes, seconds = divmod(round((self.end - self.start).total_seconds()), 60)
        hours, minutes = divmod(minutes, 60)
        told = (f"{hours} h", f"{minutes} min") if hours else (f"{minutes} min", f"{seconds} s")
        return " ".join(part for part in told if not part.startswith("0 ")) or "0 s"


def rows_of(camera: Camera, start: datetime, end: datetime) -> list[DayRow]:
    """Footage and gaps between two instants, in order and up to the present; nothing of a day the calendar left out."""
    if start >= min(end, timezone.now()):
        return []
    found = coverage_of(camera, start, end, _RESOLUTION_SECONDS)
    footage = [DayRow(covered_start, covered_end) for covered_start, covered_end in found.covered]
    gaps = [DayRow(gap.start, gap.end, gap.cause_label, gap.detail) for gap in found.gaps]
    return sorted([*footage, *gaps], key=lambda row: row.start)
