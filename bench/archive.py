"""A million recordings in PostgreSQL, some of them with real index files below a tier's root."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.db import connection
from django.db.models import AutoField, Model

from cameras.models import Camera
from recordings import tiers
from recordings.capture.index import Index, IndexHeader, IndexRecord, index_path_of, write_index
from recordings.choices import GapCause
from recordings.models import Interruption, Recording, RecordingLocation, StorageTier
from streaming.models import MediaNode

HOUR = timedelta(hours=1)
FRAGMENTS_PER_HOUR = 1800
_FRAGMENT_BYTES = 512_000
_TIMESCALE = 12_800
# Every so many hours a camera is away for a while, so that there are gaps to explain.
_GAP_EVERY, _GAP_SECONDS = 10, 90


def fill(cameras: Sequence[Camera], rows: int) -> datetime:
    """So many recordings of an hour each, spread evenly over the cameras, up to the last whole hour; that instant."""
    end = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    hours = rows // len(cameras)
    tier = _tier()
    for camera in cameras:
        copy_rows(Recording, _template(camera), _recording_columns(end, hours))
    _locate(tier)
    Interruption.objects.bulk_create(
        Interruption(camera=camera, at=end - number * 24 * HOUR, cause=GapCause.PUBLISHER_CLOSED)
        for camera in cameras
        for number in range(hours // 24)
    )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return end


def write_indexes(cameras: Sequence[Camera], end: datetime, hours: int) -> list[Path]:
    """Index files, and media files of the right size without content, of the cameras' last hours."""
    rows = RecordingLocation.objects.filter(
        recording__camera__in=cameras, recording__started_at__gte=end - hours * HOUR
    )
    paths = []
    for location in rows.select_related("recording", "tier"):
        location.media_path.parent.mkdir(parents=True, exist_ok=True)
        index = _index(location.recording)
        write_index(index_path_of(location.media_path), index)
        with location.media_path.open("wb") as media:
            media.truncate(index.media_bytes)
        Recording.objects.filter(pk=location.recording_id).update(size_bytes=index.media_bytes)
        paths.append(index_path_of(location.media_path))
    return paths


def _tier() -> StorageTier:
    return tiers.hot_tier_of(MediaNode.objects.get())


def _template(camera: Camera) -> Recording:
    """What all rows of a camera have in common; not saved."""
    return Recording(
        camera=camera,
        run_id=uuid4(),
        size_bytes=900_000_000,
        fragment_count=FRAGMENTS_PER_HOUR,
        video_codec="avc1.4d401f",
        audio_codec="mp4a.40.2",
        width=1280,
        height=720,
    )


def _recording_columns(end: datetime, hours: int) -> dict[str, str]:
    """SQL for what differs from row to row; `number` counts the hours backwards from the end."""
    started = f"timestamptz '{end.isoformat()}' - number * interval '1 hour'"
    away = f"CASE WHEN number % {_GAP_EVERY} = 0 THEN interval '{_GAP_SECONDS} seconds' ELSE interval '0' END"
    cause = f"CASE WHEN number % {_GAP_EVERY} = 0 THEN 'publisher_closed' ELSE 'rotated' END"
    return {
        "id": "gen_random_uuid()",
        "started_at": started,
        "ended_at": f"{started} + interval '1 hour' - {away}",
        "end_cause": cause,
        "": f"generate_series(1, {hours}) AS number",
    }


def copy_rows(model: type[Model], template: Model, differing: Mapping[str, str]) -> None:
    """As many rows like the template as the series in `differing[""]` has, in one statement.

    `differing` has SQL for columns that differ; those that this bench does not know keep the model's defaults. Without an
    id of the template or of `differing`, the database numbers them.
    """
    series = differing[""]
    columns, expressions, values = [], [], []
    for one in model._meta.concrete_fields:
        column = str(one.column)
        if one.primary_key and column not in differing and isinstance(one, AutoField):
            continue
        columns.append(f'"{column}"')
        if column in differing:
            expressions.append(differing[column])
        else:
            expressions.append("%s")
            values.append(one.get_db_prep_save(getattr(template, one.attname), connection))
    statement = (
        f"INSERT INTO {model._meta.db_table} ({', '.join(columns)}) SELECT {', '.join(expressions)} FROM {series}"  # noqa: S608
    )
    _execute(statement.replace("% ", "%% "), values)


def _locate(tier: StorageTier) -> None:
    """A location for every recording, named as the recorder names files."""
    _execute(
        "INSERT INTO recordings_recordinglocation (recording_id, tier_id, path, state)"
        " SELECT r.id, %s, c.public_id || to_char(r.started_at AT TIME ZONE 'UTC', '/YYYY/MM/DD/HH24MISS_')"
        " || replace(r.id::text, '-', '') || '.mp4', 'available'"
        " FROM recordings_recording r JOIN cameras_camera c ON c.id = r.camera_id",
        [tier.pk],
    )


def _execute(statement: str, values: Sequence[Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def _index(recording: Recording) -> Index:
    assert recording.ended_at is not None  # noqa: S101  (all of them are closed)
    begin_us = int(recording.started_at.timestamp() * 1_000_000)
    seconds = (recording.ended_at - recording.started_at).total_seconds()
    header = IndexHeader(_TIMESCALE, 1200)
    records = tuple(_record(number, begin_us, header.init_bytes) for number in range(int(seconds) // 2))
    return Index.of(header, records)


def _record(number: int, begin_us: int, init_bytes: int) -> IndexRecord:
    return IndexRecord(
        offset=init_bytes + number * _FRAGMENT_BYTES,
        length=_FRAGMENT_BYTES,
        start_us=begin_us + number * 2_000_000,
        duration_us=2_000_000,
        decode_ticks=number * 2 * _TIMESCALE,
        duration_ticks=2 * _TIMESCALE,
        frames=50,
        key_bytes=40_000,
        is_key=True,
        digest=bytes(12),
    )
