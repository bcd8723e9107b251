"""A time range becomes a playlist over byte ranges of hour files."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
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


@dataclass(frozen=True, slots=True)
class _Piece:
    """One playlist entry: fragments of one recording that follow each other, the first with a key frame."""

    recording_id: UUID
    run_id: UUID
    timescale: int
    records: tuple[IndexRecord, ...]

    @property
    def seconds(self) -> float:
        """Media duration."""
        return sum(record.duration_ticks for record in self.records) / self.timescale

    @property
    def end_ticks(self) -> int:
        """Media time at which the piece ends."""
        last = self.records[-1]
        return last.decode_ticks + last.duration_ticks


def playlist_of(camera: Camera, start: datetime, end: datetime) -> str:
    """The media playlist of a camera between two instants: VOD, or EVENT while the end lies in the future.

    Raises BadRange, and NothingRecorded when there is no footage in the range.
    """
    now = timezone.now()
    ranges.check_range(start, end, now)
    growing = end > now
    entry_seconds = _LONG_RANGE_ENTRY_SECONDS if end - start > _LONG_RANGE else 0.0
    pieces = list(_pieces(camera, start, end, entry_seconds))
    if growing and entry_seconds and pieces and pieces[-1].seconds < entry_seconds:
        pieces.pop()  # an entry of a growing playlist must not change once it has been told
    if not pieces:
        raise NothingRecorded
    if not growing:
        return render_media(list(_segments(pieces)), playlist_type="VOD")
    # From the first entry, which stays: the target must not change when longer entries come.
    target = max(_LEAST_GROWING_TARGET_SECONDS, math.ceil(2 * pieces[0].seconds))
    return render_media(list(_segments(pieces)), playlist_type="EVENT", least_target_seconds=target)


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


def _pieces(camera: Camera, start: datetime, end: datetime, entry_seconds: float) -> Iterator[_Piece]:
    start_us, end_us = us_of(start), us_of(end)
    rows = camera.recordings.overlapping(start, end).order_by("started_at").prefetch_related("locations__tier")
    for row in rows:
        path = next((location.media_path for location in row.locations.all()), None)
        index = _index_of(row, path) if path else None
        if index is None:
            continue
        wanted = (record for record in index.records if record.end_us > start_us and record.start_us < end_us)
        for group in _groups(wanted, index.header.timescale, entry_seconds):
            yield _Piece(row.pk, row.run_id, index.header.timescale, group)


def _index_of(recording: Recording, media_path: Path) -> Index | None:
    """The index of a file; of one that is being written, as far as it is whole. A closed file's is mended if torn."""
    try:
        if recording.ended_at is not None:
            return trustworthy_index(media_path, known_bytes=recording.size_bytes)
        return read_index(index_path_of(media_path)).within(media_path.stat().st_size)
    except (OSError, MalformedIndex) as error:
        logger.error("recording %s cannot be played: %s", recording.pk, error)
        return None


def _groups(records: Iterable[IndexRecord], timescale: int, entry_seconds: float) -> Iterator[tuple[IndexRecord, ...]]:
    """Fragments that belong into one entry: up to the next key frame after `entry_seconds`."""
    group: list[IndexRecord] = []
    ticks = 0
    for record in records:
        if record.is_key and group and ticks >= entry_seconds * timescale:
            yield tuple(group)
            group, ticks = [], 0
        if group or record.is_key:
            group.append(record)
            ticks += record.duration_ticks
    if group:
        yield tuple(group)


def _segments(pieces: list[_Piece]) -> Iterator[MediaSegment]:
    before: _Piece | None = None
    due_us = 0
    init_uri = ""
    for piece in pieces:
        breaks = before is not None and _breaks(before, piece)
        if before is None or before.run_id != piece.run_id:
            init_uri = f"{piece.recording_id}/init.mp4"
        first, last = piece.records[0], piece.records[-1]
        tell_time = before is None or breaks or abs(first.start_us - due_us) > _CLOCK_TOLERANCE_US
        due_us = (first.start_us if tell_time else due_us) + round(piece.seconds * 1_000_000)
        yield MediaSegment(
            uri=f"{piece.recording_id}/video.mp4",
            duration_seconds=piece.seconds,
            byte_offset=first.offset,
            byte_length=last.end_offset - first.offset,
            program_date_time_us=first.start_us if tell_time else None,
            discontinuity=breaks,
            init_uri=init_uri,
        )
        before = piece


def _breaks(before: _Piece, after: _Piece) -> bool:
    """Whether media time does not go on from one entry to the next."""
    if before.run_id != after.run_id:
        return True
    return abs(after.records[0].decode_ticks - before.end_ticks) > _BREAK_SECONDS * after.timescale
