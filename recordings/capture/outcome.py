"""Why the reading of a publish ended, and whether it may begin again."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass

from django.conf import settings
from django.db import DatabaseError

from recordings.capture.catalogue import short_connection
from recordings.capture.running import StopSwitch
from recordings.capture.source import FragmentSource
from recordings.choices import GapCause, gap_cause_of
from streaming.choices import Trouble
from streaming.models import PublishSession

logger = logging.getLogger(__name__)
# Why a stream ended in good order the portal hears from the node, however busy both are; of a failure it may never hear.
_NEWS_SECONDS = 15.0
_NEWS_OF_FAILURE_SECONDS = 3.0
_LONGEST_PAUSE_SECONDS = 1.0
_FIRST_LOOK_SECONDS = 0.1
_SILENT_END_FACTOR = 0.8


@dataclass(frozen=True, slots=True)
class Outcome:
    """Why a source is not read any more, and whether another may follow, or must at once.

    `takes_the_rest`: what the source still has is footage like all before it.
    """

    cause: GapCause
    detail: str = ""
    final: bool = False
    at_once: bool = False
    takes_the_rest: bool = False


def of_ended_stream(
    source: FragmentSource, session: PublishSession, *, silent_seconds: float, switch: StopSwitch
) -> Outcome:
    """The source has ended: because the publish has, which the node tells in a moment, or by itself.

    The database is asked ever less often: when a node dies, all its recorders ask at once.
    """
    deadline = time.monotonic() + (_NEWS_SECONDS if source.exit_code == 0 else _NEWS_OF_FAILURE_SECONDS)
    pause_seconds = _FIRST_LOOK_SECONDS
    while True:
        reason = end_reason(session)
        if reason == GapCause.PUBLISHER_CLOSED and silent_seconds > settings.PUBLISH_IDLE_SECONDS * _SILENT_END_FACTOR:
            return Outcome(GapCause.IDLE_SOCKET, f"no data for {silent_seconds:.0f} s", final=True)
        if reason is not None:
            return Outcome(reason, final=True)
        if time.monotonic() + pause_seconds > deadline:
            break
        if switch.wait(pause_seconds) and switch.cause is not None:
            return Outcome(switch.cause, final=True)
        pause_seconds = min(2 * pause_seconds, _LONGEST_PAUSE_SECONDS)
    last_words = source.last_stderr_lines[-1:] or ["no message"]
    return Outcome(GapCause.RECORDER_CRASHED, f"{source.name} ended with {source.exit_code}: {last_words[0]}")


def end_reason(session: PublishSession) -> GapCause | None:
    """Why the publish ended; None while it lasts, or while the database cannot tell."""
    try:
        with short_connection():
            reason = PublishSession.objects.filter(pk=session.pk).values_list("end_reason", flat=True).first()
    except DatabaseError as error:
        logger.warning("cannot ask whether %s goes on: %s", session.camera.public_id, error)
        return None
    if reason is None:
        return GapCause.UNKNOWN
    if not reason:
        return None
    return gap_cause_of(reason)


def has_no_video(session: PublishSession) -> bool:
    """Whether the node has found that the stream's video is of a kind it does not pass on."""
    try:
        with short_connection():
            return PublishSession.objects.filter(pk=session.pk, trouble=Trouble.UNSUPPORTED_VIDEO).exists()
    except DatabaseError as error:
        logger.warning("cannot ask what is wrong with %s: %s", session.camera.public_id, error)
        return False
