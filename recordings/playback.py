"""A time range becomes a playlist over byte ranges of hour files."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import sub
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from django.utils import timezone

from cameras.models import Camera
from recordings import ranges
from recordings.capture.adoption import trustworthy_index
from recordings.capture.catalogue import us_of
from recordings.capture.index import Index, MalformedIndex, index_path_of, read_index
from recordings.capture.index_columns import KEY_FLAG, IndexColumns
from recordings.models import Recording
from streaming.hls.parts import MediaRun
from streaming.hls.playlist import render_media

logger = logging.getLogger(__name__)
_LONG_RANGE = timedelta(hours=6)
_LONG_RANGE_ENTRY_SECONDS = 6.0
_CLOCK_TOLERANCE_US = 200_000
_BREAK_SECONDS = 0.5
_LEAST_GROWING_TARGET_SECONDS = 4


class _Entries(NamedTuple):
    """Playlist entries as columns: fragments that follow each other, the first with a key frame."""

    offsets: list[int]
    lengths: list[int]
    starts_us: list[int]
    decode_ticks: list[int]
    ticks: list[int]


@dataclass(frozen=True, slots=True)
class _Part:
    """What is wanted of one recording; never without an entry."""

    recording_id: UUID
    run_id: UUID
    has_sound: bool
    timescale: int
    entries: _Entries


class _Border(NamedTuple):
    """From this entry on there is another run in the playlist; with a clock where it is to be told."""

    first: int
    breaks: bool
    clock_us: int | None


class _Due(NamedTuple):
    """Where the next entry has to begin, on the wall clock and in media time, so that nothing needs to be told."""

    us: float
    ticks: float


_NOTHING_DUE = _Due(0, -math.inf)


def playlist_of(camera: Camera, start: datetime, end: datetime) -> str:
    """The media playlist of a camera between two instants: VOD, or EVENT while the end lies in the future.

    Raises BadRange, and NothingRecorded when there is no footage in the range.
    """
    now = timezone.now()
    ranges.check_range(start, end, now)
    growing = end > now
    entry_seconds = _LONG_RANGE_ENTRY_SECONDS if end - start > _LONG_RANGE else 0.0
    runs = list(_runs(_parts(camera, start, end, entry_seconds)))
    if growing and runs and runs[-1].durations_seconds[-1] < entry_seconds:
        runs[-1] = runs[-1].without_last()  # an entry of a growing playlist must not change once it has been told
        runs = [run for run in runs if run.durations_seconds]
    if not runs:
        raise NothingRecorded
    if not growing:
        return render_media(runs, playlist_type="VOD")
    # From the first entry, which stays: the target must not change when longer entries come.
    target = max(_LEAST_GROWING_TARGET_SECONDS, math.ceil(2 * runs[0].durations_seconds[0]))
    return render_media(runs, playlist_type="EVENT", least_target_seconds=target)


def media_path_of(recording: Recording) -> Path | None:
    """The file of a recording on this node; None when no location has its bytes."""
    location = recording.locations.select_related("tier").first()
    return location.media_path if location and location.media_path.exists() else None


def init_segment_of(recording: Recording) -> bytes | None:
    """The head of a recording's file that every fragment depends on; None when the file is gone or unreadable."""
    path = media_path_of(recording)
    index = _index_of(recording, path) if path else None
    if path is None or index is None:
        return None
    with path.open("rb") as file:
        return file.read(index.header.init_bytes)


class NothingRecorded(Exception):
    """There is no footage in the range."""

    def __str__(self) -> str:
        return "There is no footage in this range."


def _parts(camera: Camera, start: datetime, end: datetime, entry_seconds: float) -> Iterator[_Part]:
    for row in _rows(camera, start, end):
        path = next((location.media_path for location in row.locations.all()), None)
        index = _index_of(row, path) if path else None
        if index is None:
            continue
        timescale = index.header.timescale
        entries = _entries(_within(index.columns, us_of(start), us_of(end)), entry_seconds * timescale)
        if entries.offsets:
            yield _Part(row.pk, row.run_id, row.audio_codec != "", timescale, entries)


def _rows(camera: Camera, start: datetime, end: datetime) -> list[Recording]:
    """Recordings that may have footage in the range, in order, with their locations."""
    rows = camera.recordings.overlapping(start, end).prefetch_related("locations__tier")
    return list(rows.order_by("started_at"))


def _within(columns: IndexColumns, start_us: int, end_us: int) -> IndexColumns:
    starts_us = columns.starts_us
    if starts_us and starts_us[0] >= start_us and starts_us[-1] + columns.durations_us[-1] <= end_us:
        return columns
    return columns.between(start_us, end_us)


def _index_of(recording: Recording, media_path: Path) -> Index | None:
    """The index of a file; of one that is being written, as far as it is whole. A closed file's is mended if torn."""
    try:
        if recording.ended_at is not None:
            return trustworthy_index(media_path, known_bytes=recording.size_bytes)
        return read_index(index_path_of(media_path)).within(media_path.stat().st_size)
    except (OSError, MalformedIndex) as error:
        logger.error("recording %s cannot be played: %s", recording.pk, error)
        return None


def _entries(columns: IndexColumns, least_ticks: float) -> _Entries:
    """Fragments that belong together: up to the next key frame after so much media time."""
    firsts: list[int] = []
    ticks: list[int] = []
    elapsed = least = math.ceil(least_ticks)  # the first key frame begins an entry
    for number, (flags, duration_ticks) in enumerate(zip(columns.flags, columns.duration_ticks, strict=True)):
        if elapsed >= least and flags & KEY_FLAG:
            firsts.append(number)
            ticks.append(elapsed)
            elapsed = 0
        elapsed += duration_ticks
    offsets = [columns.offsets[first] for first in firsts]
    beyond = columns.offsets[-1] + columns.lengths[-1] if firsts else 0
    return _Entries(
        offsets,
        lengths=list(map(sub, [*offsets[1:], beyond], offsets)),
        starts_us=[columns.starts_us[first] for first in firsts],
        decode_ticks=[columns.decode_ticks[first] for first in firsts],
        ticks=[*ticks[1:], elapsed],
    )


def _runs(parts: Iterable[_Part]) -> Iterator[MediaRun]:
    due = _NOTHING_DUE
    before: _Part | None = None
    init_uri = ""
    for part in parts:
        goes_on = before is not None and before.run_id == part.run_id
        changes = before is not None and before.has_sound != part.has_sound
        init_uri = init_uri if goes_on else f"{part.recording_id}/init.mp4"
        borders, due = _borders(part, due if goes_on else _NOTHING_DUE)
        seconds = [ticks / part.timescale for ticks in part.entries.ticks]
        beyonds = [*(border.first for border in borders[1:]), len(seconds)]
        for (first, breaks, clock_us), beyond in zip(borders, beyonds, strict=True):
            yield MediaRun(
                f"{part.recording_id}/video.mp4",
                seconds[first:beyond],
                part.entries.offsets[first:beyond],
                part.entries.lengths[first:beyond],
                clock_us,
                breaks and before is not None,
                init_uri,
                changes and first == 0,
            )
            before = part


def _borders(part: _Part, due: _Due) -> tuple[list[_Border], _Due]:
    """Where a part begins and where something is to be told inside it; and what is due after it."""
    due_us, due_ticks = due
    borders: list[_Border] = []
    us_per_tick, break_ticks = 1_000_000 / part.timescale, _BREAK_SECONDS * part.timescale
    entries = zip(part.entries.starts_us, part.entries.decode_ticks, part.entries.ticks, strict=True)
    for number, (start_us, decode_ticks, ticks) in enumerate(entries):
        # Media time that does not go on is a break, and so is another run.
        breaks = abs(decode_ticks - due_ticks) > break_ticks
        if breaks or abs(start_us - due_us) > _CLOCK_TOLERANCE_US:
            borders.append(_Border(number, breaks, start_us))
            due_us = start_us
        elif number == 0:
            borders.append(_Border(number, breaks=False, clock_us=None))
        due_us += ticks * us_per_tick
        due_ticks = decode_ticks + ticks
    return borders, _Due(due_us, due_ticks)
