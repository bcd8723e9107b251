"""A time range becomes a playlist over byte ranges of hour files."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from django.utils import timezone

from cameras.models import Camera
from recordings import ranges
from recordings.capture.adoption import trustworthy_index
from recordings.capture.catalogue import us_of
from recordings.capture.index import Index, IndexRecord, MalformedIndex, index_path_of, read_index
from recordings.models import Recording
from streaming.hls.parts import MediaSegment
from streaming.hls.playlist import render_media

logger = logging.getLogger(__name__)
_LONG_RANGE = timedelta(hours=6)
_LONG_RANGE_ENTRY_SECONDS = 6.0
_CLOCK_TOLERANCE_US = 200_000
_BREAK_SECONDS = 0.5
_LEAST_GROWING_TARGET_SECONDS = 4


class _Entry(NamedTuple):
    """One playlist entry: fragments that follow each other, the first with a key frame."""

    offset: int
    length: int
    start_us: int
    decode_ticks: int
    ticks: int


@dataclass(frozen=True, slots=True)
class _Part:
    """What is wanted of one recording; never without an entry."""

    recording_id: UUID
    run_id: UUID
    has_sound: bool
    timescale: int
    entries: list[_Entry]


def playlist_of(camera: Camera, start: datetime, end: datetime) -> str:
    """The media playlist of a camera between two instants: VOD, or EVENT while the end lies in the future.

    Raises BadRange, and NothingRecorded when there is no footage in the range.
    """
    now = timezone.now()
    ranges.check_range(start, end, now)
    growing = end > now
    entry_seconds = _LONG_RANGE_ENTRY_SECONDS if end - start > _LONG_RANGE else 0.0
    segments = list(_segments(_parts(camera, start, end, entry_seconds)))
    if growing and segments and segments[-1].duration_seconds < entry_seconds:
        segments.pop()  # an entry of a growing playlist must not change once it has been told
    if not segments:
        raise NothingRecorded
    if not growing:
        return render_media(segments, playlist_type="VOD")
    # From the first entry, which stays: the target must not change when longer entries come.
    target = max(_LEAST_GROWING_TARGET_SECONDS, math.ceil(2 * segments[0].duration_seconds))
    return render_media(segments, playlist_type="EVENT", least_target_seconds=target)


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
        records = _within(index.records, us_of(start), us_of(end))
        entries = list(_entries(records, least_ticks=entry_seconds * timescale))
        if entries:
            yield _Part(row.pk, row.run_id, row.audio_codec != "", timescale, entries)


def _rows(camera: Camera, start: datetime, end: datetime) -> list[Recording]:
    """Recordings that may have footage in the range, in order, with their locations."""
    rows = camera.recordings.overlapping(start, end).prefetch_related("locations__tier")
    return list(rows.order_by("started_at"))


def _within(records: Sequence[IndexRecord], start_us: int, end_us: int) -> Sequence[IndexRecord]:
    if records and records[0].start_us >= start_us and records[-1].end_us <= end_us:
        return records
    return [record for record in records if record.end_us > start_us and record.start_us < end_us]


def _index_of(recording: Recording, media_path: Path) -> Index | None:
    """The index of a file; of one that is being written, as far as it is whole. A closed file's is mended if torn."""
    try:
        if recording.ended_at is not None:
            return trustworthy_index(media_path, known_bytes=recording.size_bytes)
        return read_index(index_path_of(media_path)).within(media_path.stat().st_size)
    except (OSError, MalformedIndex) as error:
        logger.error("recording %s cannot be played: %s", recording.pk, error)
        return None


def _entries(records: Iterable[IndexRecord], *, least_ticks: float) -> Iterator[_Entry]:
    """Fragments that belong together: up to the next key frame after so much media time."""
    first: IndexRecord | None = None
    length = ticks = 0
    for record in records:
        if record.is_key and (first is None or ticks >= least_ticks):
            if first is not None:
                yield _Entry(first.offset, length, first.start_us, first.decode_ticks, ticks)
            first, length, ticks = record, 0, 0
        length += record.length
        ticks += record.duration_ticks
    if first is not None:
        yield _Entry(first.offset, length, first.start_us, first.decode_ticks, ticks)


def _segments(parts: Iterable[_Part]) -> Iterator[MediaSegment]:
    due_us, due_ticks = 0, 0
    before: _Part | None = None
    init_uri = ""
    for part in parts:
        uri = f"{part.recording_id}/video.mp4"
        goes_on = before is not None and before.run_id == part.run_id
        changes = before is not None and before.has_sound != part.has_sound
        init_uri = init_uri if goes_on else f"{part.recording_id}/init.mp4"
        for offset, length, start_us, decode_ticks, ticks in part.entries:
            # Media time that does not go on is a break, and so is another run.
            breaks = not goes_on or abs(decode_ticks - due_ticks) > _BREAK_SECONDS * part.timescale
            tell_time = breaks or abs(start_us - due_us) > _CLOCK_TOLERANCE_US
            seconds = ticks / part.timescale
            due_us = (start_us if tell_time else due_us) + round(seconds * 1_000_000)
            due_ticks = decode_ticks + ticks
            clock_us = start_us if tell_time else None
            breaks = breaks and before is not None
            yield MediaSegment(uri, seconds, offset, length, clock_us, breaks, init_uri, changes)
            before, goes_on, changes = part, True, False
