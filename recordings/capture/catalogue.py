"""The recorder's rows in the database: one per file, written when it is opened and when it is closed.

Footage does not wait for the database. When it is away the file is written all the same, and reconciling adopts it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from uuid import UUID

from django.db import DatabaseError, OperationalError, close_old_connections, connection, transaction
from django.utils import timezone

from cameras import events
from recordings.capture.init_segment import InitSegment
from recordings.choices import GapCause
from recordings.models import Interruption, Recording, RecordingLocation, StorageTier
from recordings.signals import recording_closed, recording_opened
from streaming.models import PublishSession

logger = logging.getLogger(__name__)
_UNASKED_SECONDS = 2.0
_NOBODY_ANSWERS = ("08", "53", "57")  # classes: connection, resources, intervention of an operator
_away_until = 0.0


@dataclass(frozen=True, slots=True)
class Ending:
    """How a file ended: its last instant, its size, the cause, and the drift measured, if there was time to."""

    ended_us: int
    size_bytes: int
    fragment_count: int
    cause: GapCause
    detail: str = ""
    drift_ppm: float | None = None


@contextmanager
def short_connection() -> Iterator[None]:
    """A database connection for a moment: a recorder of 200 cameras must not hold 200 of them.

    Inside a transaction it is the transaction's, and stays. A server that did not answer is not asked again for two
    seconds, by none of them: each would wait for it, with footage in its hands. Raises DatabaseError.
    """
    global _away_until  # noqa: PLW0603  (one process, one database)
    if connection.in_atomic_block:
        yield
        return
    if time.monotonic() < _away_until:
        raise OperationalError("the database did not answer a moment ago")
    close_old_connections()
    try:
        yield
    except OperationalError as error:
        if _is_away(error):
            _away_until = time.monotonic() + _UNASKED_SECONDS
        raise
    finally:
        connection.close()


def _is_away(error: OperationalError) -> bool:
    """Whether nobody can be asked: no connection, one that is refused or shut down. A deadlock is an answer.

    https://www.postgresql.org/docs/current/errcodes-appendix.html; SQLite's file is only locked for a moment.
    """
    code = getattr(error.__cause__, "sqlstate", None)
    return connection.vendor == "postgresql" and (code is None or code[:2] in _NOBODY_ANSWERS)


def tell(what: str, write: Callable[[], object]) -> None:
    """Write something that recording does not depend on."""
    try:
        with short_connection():
            write()
    except DatabaseError as error:
        logger.warning("%s not written, reconciling will: %s", what, error)


def relative_path(camera_public_id: str, recording_id: UUID, started_us: int) -> str:
    """Where a recording lies below its tier's root: by camera, day and time (UTC), with its own id in the name."""
    at = at_utc(started_us)
    return f"{camera_public_id}/{at:%Y/%m/%d}/{at:%H%M%S}_{recording_id.hex}.mp4"


@transaction.atomic
def open_row(
    recording_id: UUID, *, session: PublishSession, run_id: UUID, tier: StorageTier, init: InitSegment, started_us: int
) -> None:
    """Say that a file is being written."""
    recording = Recording.objects.create(
        id=recording_id,
        camera=session.camera,
        session=session,
        run_id=run_id,
        started_at=at_utc(started_us),
        video_codec=init.video_codec,
        audio_codec=init.audio_codec,
        width=init.width,
        height=init.height,
    )
    path = relative_path(session.camera.public_id, recording_id, started_us)
    RecordingLocation.objects.create(recording=recording, tier=tier, path=path)
    transaction.on_commit(partial(events.announce_activity, session.camera), robust=True)
    transaction.on_commit(partial(recording_opened.send_robust, sender=Recording, recording=recording), robust=True)


@transaction.atomic
def close_row(recording_id: UUID, ending: Ending) -> None:
    """Say how a file ended. Does nothing when that has been said."""
    recording = Recording.objects.select_for_update(no_key=True).filter(pk=recording_id, ended_at__isnull=True).first()
    if recording is None:
        return
    recording.ended_at = at_utc(ending.ended_us)
    recording.size_bytes = ending.size_bytes
    recording.fragment_count = ending.fragment_count
    recording.end_cause = ending.cause
    recording.end_detail = ending.detail[:300]
    recording.drift_ppm = ending.drift_ppm
    recording.save()
    transaction.on_commit(partial(recording_closed.send_robust, sender=Recording, recording=recording), robust=True)


def mark_interruption(session: PublishSession, cause: GapCause, detail: str) -> None:
    """Say why there is no footage from now on."""

    def write() -> None:
        Interruption.objects.create(camera=session.camera, at=timezone.now(), cause=cause, detail=detail[:300])
        transaction.on_commit(partial(events.announce_activity, session.camera), robust=True)

    tell("an interruption", write)


def at_utc(instant_us: int) -> datetime:
    """Microseconds since the epoch as an aware instant."""
    return datetime.fromtimestamp(instant_us // 1_000_000, UTC).replace(microsecond=instant_us % 1_000_000)


def us_of(instant: datetime) -> int:
    """An aware instant as microseconds since the epoch, exactly."""
    whole = int(instant.replace(microsecond=0).timestamp())
    return whole * 1_000_000 + instant.microsecond


def media_path_of(tier: StorageTier, camera_public_id: str, recording_id: UUID, started_us: int) -> Path:
    """The file on this node's disk."""
    return Path(tier.root) / relative_path(camera_public_id, recording_id, started_us)
