"""What footage of a camera there is, what is missing, and why."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import starmap
from typing import NamedTuple
from uuid import UUID

from django.db.models import Case, Q, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from cameras.models import Camera
from recordings import ranges
from recordings.capture.catalogue import at_utc, us_of
from recordings.capture.index import MalformedIndex, index_path_of, read_index
from recordings.choices import GapCause
from recordings.models import Interruption, Recording, RecordingLocation
from recordings.querysets import LONGEST_FILE, EpochMicroseconds, RecordingQuerySet
from recordings.timeline import Coverage, Mark, Recorded, build_coverage

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


class _Row(NamedTuple):
    """What coverage needs of a recording. It has an `open_id` while it is not closed, and then its index knows the end."""

    camera_id: int
    start_us: int
    end_us: int
    end_cause: str
    end_detail: str
    open_id: UUID | None


def coverage_of(camera: Camera, start: datetime, end: datetime, resolution_seconds: float) -> CoverageReport:
    """What there is of a camera between two instants. Raises BadRange. Costs as many queries as `coverages_of`."""
    return coverages_of([camera], start, end, resolution_seconds)[0]


def coverages_of(
    cameras: Sequence[Camera], start: datetime, end: datetime, resolution_seconds: float
) -> list[CoverageReport]:
    """What there is of each camera between two instants, in the order of the cameras. Raises BadRange.

    At most four queries for any number of cameras, and the index is read of every file that is being written.
    """
    now = timezone.now()
    ranges.check_range(start, end, now)
    resolution_seconds = max(resolution_seconds, (end - start).total_seconds() / _MOST_PARTS)
    start_us, end_us, now_us = us_of(start), us_of(end), us_of(now)
    rows = _rows(cameras, start, end)
    marks = _marks(rows, start_us, end)
    found = {
        camera_id: build_coverage(
            [
                Recorded(row.start_us, row.end_us, row.end_cause or GapCause.UNKNOWN, row.end_detail)
                for row in of_camera
            ],
            marks[camera_id],
            start_us=start_us,
            end_us=end_us,
            now_us=_present_us(of_camera, now_us),
            resolution_us=round(resolution_seconds * 1_000_000),
        )
        for camera_id, of_camera in rows.items()
    }
    return [_report(found[camera.pk], start, end, resolution_seconds) for camera in cameras]


def _rows(cameras: Sequence[Camera], start: datetime, end: datetime) -> dict[int, list[_Row]]:
    """By camera and in order: recordings in the range, and the one before it, whose end explains a gap at its beginning."""
    rows: dict[int, list[_Row]] = {camera.pk: [] for camera in cameras}
    near = Recording.objects.filter(camera__in=rows, started_at__gt=start - LONGEST_FILE, started_at__lt=end)
    for row in _read(near):
        rows[row.camera_id].append(row)
    start_us = us_of(start)
    unexplained = [camera_id for camera_id, of_camera in rows.items() if not _begins_by(start_us, of_camera)]
    for row in _read(Recording.objects.last_begun_by(start, unexplained)) if unexplained else ():
        rows[row.camera_id].insert(0, row)
    ends_us = _ends_us(row.open_id for of_camera in rows.values() for row in of_camera if row.open_id)
    return {
        camera_id: _telling(
            [row._replace(end_us=ends_us[row.open_id]) if row.open_id in ends_us else row for row in of_camera],
            start_us,
        )
        for camera_id, of_camera in rows.items()
    }


def _read(recordings: RecordingQuerySet[Recording]) -> Iterator[_Row]:
    """Instants come as numbers, and ids only of open rows: turning text into objects would take most of the time."""
    columns = recordings.order_by("started_at").values_list(
        "camera_id",
        EpochMicroseconds("started_at"),
        EpochMicroseconds(Coalesce("ended_at", "started_at")),
        "end_cause",
        "end_detail",
        Case(When(ended_at__isnull=True, then="pk")),
    )
    return starmap(_Row, columns)


def _begins_by(instant_us: int, of_camera: Sequence[_Row]) -> bool:
    return bool(of_camera) and of_camera[0].start_us <= instant_us


def _telling(of_camera: Sequence[_Row], start_us: int) -> list[_Row]:
    """Without those that ended before the range, but for the last of them."""
    last_us = max((row.end_us for row in of_camera if row.end_us <= start_us), default=start_us)
    return [row for row in of_camera if row.end_us >= last_us]


def _ends_us(open_ids: Iterable[UUID]) -> dict[UUID, int]:
    """Where footage ends of recordings that were not closed, from their indexes; those without any are left out."""
    ids, ends_us = list(open_ids), {}
    for location in RecordingLocation.objects.filter(recording__in=ids).select_related("tier") if ids else ():
        try:
            last = read_index(index_path_of(location.media_path)).last
        except (OSError, MalformedIndex) as error:
            logger.warning("index of open recording %s not read: %s", location.recording_id, error)
            continue
        if last:
            ends_us[location.recording_id] = last.end_us
    return ends_us


def _marks(rows: Mapping[int, Sequence[_Row]], start_us: int, end: datetime) -> dict[int, list[Mark]]:
    """Marks older than the footage before the range explain nothing in it; without such footage every mark may."""
    wanted = [
        Q(camera=camera_id, at__gte=at_utc(of_camera[0].start_us))
        if _begins_by(start_us, of_camera)
        else Q(camera=camera_id)
        for camera_id, of_camera in rows.items()
    ]
    found: dict[int, list[Mark]] = {camera_id: [] for camera_id in rows}
    marks = Interruption.objects.filter(Q(*wanted, _connector=Q.OR), at__lt=end).order_by("at", "pk")
    for camera_id, *mark in marks.values_list("camera_id", EpochMicroseconds("at"), "cause", "detail"):
        found[camera_id].append(Mark(*mark))
    return found


def _present_us(of_camera: Iterable[_Row], now_us: int) -> int:
    """Where the timeline ends: footage on its way to the disk is no gap."""
    newest_us, is_growing = max(((row.end_us, row.open_id is not None) for row in of_camera), default=(0, False))
    return min(now_us, newest_us) if is_growing and now_us - newest_us < _LIVE_EDGE_US else now_us


def _report(found: Coverage, start: datetime, end: datetime, resolution_seconds: float) -> CoverageReport:
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
