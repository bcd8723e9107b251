"""After a crash: closes rows whose recorder died, with the file's true length, and adopts files without a row.

Nothing is deleted here and no media file is changed. A torn tail stays where it is; the index leaves it out.
"""

from __future__ import annotations

import logging
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

from django.db import transaction

from cameras.models import Camera
from recordings.capture import catalogue
from recordings.capture.boxes import MalformedStream
from recordings.capture.catalogue import Ending
from recordings.capture.fragments import read_init
from recordings.capture.index import Index, MalformedIndex, index_path_of, read_index, rebuild_index, write_index
from recordings.choices import GapCause, gap_cause_of
from recordings.models import Recording, RecordingLocation, StorageTier
from streaming.models import PublishSession

logger = logging.getLogger(__name__)
# The last group of pictures is lost with its recorder, and the node takes some seconds to notice a silent camera.
_SAME_MOMENT = timedelta(seconds=20)
_NAME = re.compile(r"\d{6}_(?P<id>[0-9a-f]{32})\.mp4")


def close_dead_row(recording: Recording, media_path: Path) -> None:
    """Give a row that was left open the length its file really has, and the cause of that end."""
    index = trustworthy_index(media_path)
    if index is None or not index.records:
        ended_us, size_bytes, fragment_count = catalogue.us_of(recording.started_at), 0, 0
    else:
        ended_us, size_bytes, fragment_count = index.records[-1].end_us, index.media_bytes, len(index.records)
    cause, detail = _cause_of_death(recording, catalogue.at_utc(ended_us))
    if not fragment_count:
        detail = f"nothing readable in the file; {detail}"
    catalogue.close_row(recording.pk, Ending(ended_us, size_bytes, fragment_count, cause, detail))
    logger.warning("recording %s closed after its recorder died: %s", recording.pk, detail)


def _cause_of_death(recording: Recording, footage_ended_at: datetime) -> tuple[GapCause, str]:
    if Recording.objects.filter(run_id=recording.run_id, started_at__gt=recording.started_at).exists():
        return GapCause.ROTATED, "the database was away when the file ended"
    reason = _reason_of_publish(recording, footage_ended_at)
    if reason is not None:
        return reason, "the recorder had gone when the publish ended"
    return GapCause.RECORDER_CRASHED, "the recorder process died"


def _reason_of_publish(recording: Recording, footage_ended_at: datetime) -> GapCause | None:
    """A publish that went on after the footage had ended is no reason for that end, unless its node was away."""
    session = recording.session
    went_on = Recording.objects.filter(session=session, started_at__gt=recording.started_at).exists()
    if session is None or session.ended_at is None or went_on:
        return None
    reason = gap_cause_of(session.end_reason)
    return reason if reason == GapCause.NODE_LOST or session.ended_at - footage_ended_at < _SAME_MOMENT else None


def trustworthy_index(media_path: Path, *, known_bytes: int = 0) -> Index | None:
    """The index of a file that nobody writes any more, rebuilt from the file where it is torn or missing.

    An index that ends at `known_bytes` has been found whole before: the file has a torn tail, and need not be read again.
    None when the file is missing or has no init segment. Raises OSError.
    """
    try:
        size_bytes = media_path.stat().st_size
    except FileNotFoundError:
        return None
    index_path = index_path_of(media_path)
    try:
        index = read_index(index_path).within(size_bytes)
        if index.media_bytes in (size_bytes, known_bytes):
            return index
    except (OSError, MalformedIndex) as error:
        logger.warning("index %s is rebuilt: %s", index_path.name, error)
    try:
        rebuilt = rebuild_index(media_path)
    except MalformedStream as error:
        logger.error("%s holds nothing that can be played: %s", media_path, error)
        return None
    write_index(index_path, rebuilt)
    return rebuilt


def orphans(tier: StorageTier, *, days: int | None = None) -> list[Path]:
    """Media files on a tier that no row knows, by name. Reads the folders of the last days, or all. Queries once a day."""
    today = datetime.now(UTC).date()
    back = [today - timedelta(days=number) for number in range(days)] if days is not None else []
    patterns = [f"*/{day:%Y/%m/%d}" for day in back] if days is not None else ["*/*/*/*"]
    folders = [folder for pattern in patterns for folder in Path(tier.root).glob(pattern)]
    return sorted(path for folder in folders for path in _strangers(tier, folder))


def _strangers(tier: StorageTier, folder: Path) -> list[Path]:
    """Media files of one camera's day that no row knows."""
    root = Path(tier.root)
    found = {str(path.relative_to(root)): path for path in folder.glob("*.mp4") if _NAME.fullmatch(path.name)}
    known = RecordingLocation.objects.filter(tier=tier, path__in=found).values_list("path", flat=True)
    return [found[path] for path in found.keys() - set(known)]


def _publish_at(camera: Camera, at: datetime) -> PublishSession | None:
    """The camera's publish of which something was filmed at this instant."""
    begun = PublishSession.objects.filter(camera=camera, admitted_at__lte=at)
    last = begun.order_by("-admitted_at").first()
    return last if last is not None and (last.ended_at is None or last.ended_at > at) else None


@transaction.atomic
def adopt(tier: StorageTier, media_path: Path) -> Recording | None:
    """Write the row of a file that has none, with the id that its name carries. None when it is nobody's footage."""
    name = _NAME.fullmatch(media_path.name)
    relative = media_path.relative_to(tier.root)
    camera = Camera.objects.filter(public_id=relative.parts[0]).first()
    index = trustworthy_index(media_path)
    if name is None or camera is None or index is None or not index.records:
        return None
    with media_path.open("rb") as file:
        init = read_init(file)
    started_at = catalogue.at_utc(index.records[0].start_us)
    recording = Recording(
        id=UUID(name["id"]),
        camera=camera,
        session=_publish_at(camera, started_at),
        run_id=uuid4(),
        started_at=started_at,
        ended_at=catalogue.at_utc(index.records[-1].end_us),
        size_bytes=index.media_bytes,
        fragment_count=len(index.records),
        video_codec=init.video_codec,
        audio_codec=init.audio_codec,
        width=init.width,
        height=init.height,
        end_detail="the file was found without a row",
    )
    recording.end_cause = _reason_of_publish(recording, catalogue.at_utc(index.records[-1].end_us)) or GapCause.UNKNOWN
    recording.save(force_insert=True)
    RecordingLocation.objects.create(recording=recording, tier=tier, path=str(relative))
    logger.warning("recording %s adopted from %s", recording.pk, media_path)
    return recording
