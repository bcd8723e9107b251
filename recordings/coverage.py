"""What footage of a camera there is, what is missing, and why."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from cameras.models import Camera
from recordings import ranges
from recordings.capture.catalogue import at_utc, us_of
from recordings.capture.index import MalformedIndex, index_path_of, read_index
from recordings.choices import GapCause
from recordings.models import Recording
from recordings.timeline import Mark, Recorded, build_coverage

logger = logging.getLogger(__name__)
_MOST_PARTS = 50_000
_LIVE_EDGE_US = 30_000_000


@dataclass(frozen=True, slots=True)
class GapReport:
    """An interval without footage, and why. `cause` is a GapCause."""

    start: datetime
    end: datetime
    cause: str
    cause_label: str
    detail: str


@dataclass(frozen=True, slots=True)
class CoverageReport:
    """Covered ranges and gaps between two instants; gaps end at the present. Holes below the resolution are closed."""

    start: datetime
    end: datetime
    resolution_seconds: float
    covered: list[tuple[datetime, datetime]]
    gaps: list[GapReport]


def coverage_of(camera: Camera, start: datetime, end: datetime, resolution_seconds: float) -> CoverageReport:
    """What there is of a camera between two instants. Raises BadRange. Four queries, and one for a file that is being written."""
    now = timezone.now()
    ranges.check_range(start, end, now)
    resolution_seconds = max(resolution_seconds, (end - start).total_seconds() / _MOST_PARTS)
    rows = _rows(camera, start, end)
    recorded = [_recorded(row) for row in rows]
    marks = camera.interruptions.filter(at__lt=end, **_since_footage_before(rows, start))
    found = build_coverage(
        recorded,
        [Mark(us_of(mark.at), mark.cause, mark.detail) for mark in marks],
        start_us=us_of(start),
        end_us=us_of(end),
        now_us=_present_us(recorded, rows, us_of(now)),
        resolution_us=round(resolution_seconds * 1_000_000),
    )
    return CoverageReport(
        start,
        end,
        resolution_seconds,
        covered=[(at_utc(span.start_us), at_utc(span.end_us)) for span in found.covered],
        gaps=[
            GapReport(at_utc(gap.start_us), at_utc(gap.end_us), gap.cause, str(GapCause(gap.cause).label), gap.detail)
            for gap in found.gaps
        ],
    )


def _rows(camera: Camera, start: datetime, end: datetime) -> list[Recording]:
    """Recordings in the range, and the one before it, whose end explains a gap at its beginning."""
    shown = camera.recordings.only("camera", "started_at", "ended_at", "end_cause", "end_detail")
    earlier = [row for row in shown.begun_by(start) if row.ended_at is None or row.ended_at > start]
    before = shown.filter(started_at__lte=start, ended_at__lte=start).order_by("-started_at")[:1]
    within = shown.filter(started_at__gt=start, started_at__lt=end).order_by("started_at")
    return [*before, *earlier, *within]


def _since_footage_before(rows: list[Recording], start: datetime) -> dict[str, datetime]:
    """Marks older than the footage before the range explain nothing in it; without such footage every mark may."""
    before = rows[0].started_at if rows and rows[0].started_at < start else None
    return {"at__gte": before} if before else {}


def _recorded(row: Recording) -> Recorded:
    end_us = us_of(row.ended_at) if row.ended_at else _written_until_us(row)
    return Recorded(us_of(row.started_at), end_us, row.end_cause or GapCause.UNKNOWN, row.end_detail)


def _written_until_us(row: Recording) -> int:
    """The end of a file that is being written, from its index."""
    for location in row.locations.select_related("tier"):
        try:
            records = read_index(index_path_of(location.media_path)).records
        except (OSError, MalformedIndex) as error:
            logger.warning("index of open recording %s not read: %s", row.pk, error)
            continue
        if records:
            return records[-1].end_us
    return us_of(row.started_at)


def _present_us(recorded: list[Recorded], rows: list[Recording], now_us: int) -> int:
    """Where the timeline ends: footage on its way to the disk is no gap."""
    if rows and rows[-1].ended_at is None and now_us - recorded[-1].end_us < _LIVE_EDGE_US:
        return min(now_us, recorded[-1].end_us)
    return now_us
