"""The story of one recording: lease, source, fragments, rotation, an end with a cause."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import redis
from django.conf import settings
from django.db import DatabaseError

from recordings import disk_space, health
from recordings.capture import catalogue, running
from recordings.capture import outcome as outcomes
from recordings.capture.boxes import MalformedStream
from recordings.capture.catalogue import short_connection, tell
from recordings.capture.flv_media import UnknownMedia
from recordings.capture.fragments import FragmentSplitter
from recordings.capture.hour_file import DiskFull
from recordings.capture.init_segment import InitSegment
from recordings.capture.leases import Lease, LeaseLost
from recordings.capture.outcome import Outcome
from recordings.capture.restart_policy import delay_seconds
from recordings.capture.running import StopSwitch
from recordings.capture.silence import Silence
from recordings.capture.source import FragmentSource
from recordings.capture.source_choice import SourceChoice
from recordings.capture.track import Track
from recordings.capture.volume_sync import keep_synced
from recordings.capture.wall_clock import Arrival
from recordings.choices import GapCause
from recordings.models import Recording, StorageTier
from recordings.signals import recorder_failed
from recordings.tiers import WrongVolume
from streaming import ingest
from streaming.models import PublishSession

logger = logging.getLogger(__name__)
_TICK_SECONDS = 0.5
_STEADY_FRAGMENTS = 5
_FAILURES_TO_TELL_OF = 2
_TOLD_BY_NOBODY_ELSE = frozenset(
    {GapCause.DISK_FULL, GapCause.WRONG_VOLUME, GapCause.RECORDER_STOPPED, GapCause.IDLE_SOCKET}
)
_FAILURES = frozenset({GapCause.DISK_FULL, GapCause.WRONG_VOLUME, GapCause.RECORDER_CRASHED, GapCause.STREAM_CHANGED})


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be recorded, how, where to, by which right, and the switch to stop it."""

    session: PublishSession
    tier: StorageTier
    choice: SourceChoice
    lease: Lease
    switch: StopSwitch


def record(session: PublishSession, *, tier: StorageTier) -> None:
    """Record a publish session until it ends, somebody stops it, or the disk is full.

    Returns at once when another recorder has the camera.
    """
    with running.recording(session.camera_id) as switch:
        if switch is None:
            return
        lease = Lease(session.camera_id)
        try:
            if not lease.take():
                return
        except redis.RedisError as error:
            logger.warning("camera %s: no lease to be had, reconciling will: %s", session.camera.public_id, error)
            return
        with lease:
            keep_synced(Path(tier.root))
            _run_until_over(Job(session, tier, SourceChoice(session), lease, switch))
            health.forget_health(session.camera_id)


def _run_until_over(job: Job) -> None:
    """Source after source, each later than the one before it failed."""
    failures = 0
    not_before_us = _recorded_until_us(job.session)
    while True:
        track = Track(job.session, job.tier, not_before_us=not_before_us)
        outcome = _one_run(job, track)
        not_before_us = track.ended_us
        if outcome.final:
            break
        if outcome.at_once:
            continue
        failures = 1 if track.fragment_count > _STEADY_FRAGMENTS else failures + 1
        if failures == _FAILURES_TO_TELL_OF and not track.fragment_count:
            _tell_that_nothing_is_recorded(job.session, outcome)
        if job.switch.wait(delay_seconds(failures)) or outcomes.end_reason(job.session) is not None:
            break
        try:
            job.lease.keep()
        except LeaseLost:
            break
    if outcome.cause in _TOLD_BY_NOBODY_ELSE:
        catalogue.mark_interruption(job.session, outcome.cause, outcome.detail)


def _one_run(job: Job, track: Track) -> Outcome:
    source = job.choice.make()
    try:
        source.start()
        outcome = _copy(job, source, track)
    except DiskFull as error:
        outcome = Outcome(GapCause.DISK_FULL, str(error), final=True)
    except WrongVolume as error:
        outcome = Outcome(GapCause.WRONG_VOLUME, str(error), final=True)
    except UnknownMedia as error:
        cause = GapCause.STREAM_CHANGED if job.choice.learn(error) else GapCause.UNSUPPORTED_VIDEO
        outcome = Outcome(cause, str(error), at_once=cause == GapCause.STREAM_CHANGED)
    except MalformedStream as error:
        outcome = Outcome(GapCause.STREAM_CHANGED, str(error))
    except LeaseLost:
        outcome = Outcome(GapCause.RECORDER_CRASHED, "another recorder took over", final=True)
    except OSError as error:
        outcome = Outcome(GapCause.RECORDER_CRASHED, str(error))
    finally:
        source.stop()
    _end_track(track, job.session, outcome)
    return outcome


def _copy(job: Job, source: FragmentSource, track: Track) -> Outcome:
    """Move bytes from the source to disk until something ends it."""
    splitter = FragmentSplitter()
    looked_at = time.monotonic()
    silence = Silence(looked_at)
    while True:
        chunk = source.read(_TICK_SECONDS)
        now = time.monotonic()
        job.lease.keep()
        if now - looked_at >= _TICK_SECONDS:
            looked_at = now
            told = _told_to_stop(job) or _must_begin_again(source)
            if told is not None:
                if told.takes_the_rest:
                    source.stop()
                    _take_the_rest(job, source, splitter, track)
                return told
        if chunk == b"":
            return _end_of_source(job, source, silent_seconds=silence.seconds(now))
        if chunk:
            before_seconds = track.video_seconds
            _take(splitter, chunk, job.session, track, source)
            silence.broken_by(track.video_seconds - before_seconds, now)


def _told_to_stop(job: Job) -> Outcome | None:
    if job.switch.cause is not None:
        return Outcome(job.switch.cause, final=True, takes_the_rest=True)
    if disk_space.is_full(Path(job.tier.root)):
        return Outcome(GapCause.DISK_FULL, f"less than {settings.RECORDING_MIN_FREE_BYTES} bytes left", final=True)
    return None


def _take_the_rest(job: Job, source: FragmentSource, splitter: FragmentSplitter, track: Track) -> None:
    """The group of pictures that was being filmed when the recorder was told to stop."""
    while chunk := source.read(_TICK_SECONDS):
        job.lease.keep()
        _take(splitter, chunk, job.session, track, source)


def _must_begin_again(source: FragmentSource) -> Outcome | None:
    return Outcome(GapCause.STREAM_CHANGED, source.must_begin_again, at_once=True) if source.must_begin_again else None


def _end_of_source(job: Job, source: FragmentSource, *, silent_seconds: float) -> Outcome:
    if job.choice.learn_from(source):
        return Outcome(GapCause.STREAM_CHANGED, source.last_stderr_lines[-1], at_once=True)
    return outcomes.of_ended_stream(source, job.session, silent_seconds=silent_seconds, switch=job.switch)


def _take(
    splitter: FragmentSplitter, chunk: bytes, session: PublishSession, track: Track, source: FragmentSource
) -> None:
    arrival = Arrival.now()
    for item in splitter.feed(chunk):
        if isinstance(item, InitSegment):
            track.begin(item, reason=source.new_init_reason)
            continue
        track.append(item, arrival=arrival)
        if track.fragment_count == 1:
            tell("that video flows", partial(ingest.confirm_flowing, session))


def _end_track(track: Track, session: PublishSession, outcome: Outcome) -> None:
    try:
        track.end(outcome.cause, outcome.detail)
    except OSError as error:
        logger.error("camera %s: closing the file failed: %s", session.camera.public_id, error)
    if outcome.cause in _FAILURES and (outcome.final or track.fragment_count):
        recorder_failed.send_robust(
            sender=Recording, camera=session.camera, cause=outcome.cause.value, detail=outcome.detail
        )


def _tell_that_nothing_is_recorded(session: PublishSession, outcome: Outcome) -> None:
    """Where there is no file there is no row with a cause either."""
    cause = GapCause.UNSUPPORTED_VIDEO if outcomes.has_no_video(session) else outcome.cause
    catalogue.mark_interruption(session, cause, outcome.detail)
    recorder_failed.send_robust(sender=Recording, camera=session.camera, cause=cause.value, detail=outcome.detail)
    tell("that a camera is to connect again", partial(ingest.call_back, session))


def _recorded_until_us(session: PublishSession) -> int:
    """Where footage of this camera ends so far: a new run never overlaps it."""
    try:
        with short_connection():
            last = (
                Recording.objects.filter(camera=session.camera_id, ended_at__isnull=False).order_by("ended_at").last()
            )
    except DatabaseError as error:
        logger.warning("cannot ask where footage of %s ends: %s", session.camera.public_id, error)
        return 0
    return catalogue.us_of(last.ended_at) if last and last.ended_at else 0
