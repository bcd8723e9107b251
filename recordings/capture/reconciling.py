"""Compares what should be recorded with what is: starts what is missing, stops what is not wanted, tidies after crashes."""

from __future__ import annotations

import logging
import time
from datetime import timedelta
from pathlib import Path

from django.utils import timezone

from recordings import disk_space, queueing, tiers
from recordings.capture import adoption, catalogue, leases, running
from recordings.choices import GapCause, RecordingMode
from recordings.models import Recording, RecordingPolicy, StorageTier
from streaming.models import MediaNode, PublishSession

logger = logging.getLogger(__name__)
_GRACE = timedelta(seconds=3)
_ORPHAN_AGE_SECONDS = 60.0
_ORPHANS_EVERY_SECONDS = 60.0
_LOOKED_FOR_ORPHANS: dict[int, float] = {}


def reconcile(node: MediaNode) -> None:
    """One round, in the recorder process of the node. Raises redis.RedisError when leases cannot be read."""
    tier = tiers.hot_tier_of(node)
    wanted = wanted_sessions(node)
    _stop_unwanted(wanted)
    try:
        tiers.require_mounted(tier)
    except tiers.WrongVolume as error:
        _tell_of_wrong_volume(tier, wanted, str(error))
        return
    disk_space.watch(tier, bytes_per_second=disk_space.WRITE_RATE.measure(time.monotonic()))
    _start_missing(wanted, tier)
    _close_dead_rows(tier)
    _adopt_orphans(tier)


def wanted_sessions(node: MediaNode) -> list[PublishSession]:
    """Open sessions on the node whose cameras should be recorded."""
    off = RecordingPolicy.objects.filter(mode=RecordingMode.OFF).values("camera")
    return list(node.publish_sessions.open_now().select_related("camera", "node").exclude(camera__in=off))


def _stop_unwanted(wanted: list[PublishSession]) -> None:
    """Publishes that ended stop their recorder by themselves; what is left is a policy that says no."""
    wanted_cameras = {session.camera_id for session in wanted}
    off = set(RecordingPolicy.objects.filter(mode=RecordingMode.OFF).values_list("camera_id", flat=True))
    for camera_id, switch in running.switches().items():
        if camera_id not in wanted_cameras and camera_id in off:
            switch.stop(GapCause.RECORDING_OFF)


def _tell_of_wrong_volume(tier: StorageTier, wanted: list[PublishSession], detail: str) -> None:
    """Nothing is recorded, adopted or closed on a disk that is not the tier's; each camera's timeline says why."""
    tiers.raise_alarm(tier, detail)
    for session in wanted:
        last = session.camera.interruptions.order_by("at", "pk").last()
        if session.camera_id not in running.switches() and (last is None or last.cause != GapCause.WRONG_VOLUME):
            catalogue.mark_interruption(session, GapCause.WRONG_VOLUME, detail)


def _start_missing(wanted: list[PublishSession], tier: StorageTier) -> None:
    if not disk_space.has_room(Path(tier.root)):
        return
    held = leases.held_cameras([session.camera_id for session in wanted])
    here = running.switches()
    for session in wanted:
        if session.camera_id not in held and session.camera_id not in here:
            queueing.queue_capture(session)


def _close_dead_rows(tier: StorageTier) -> None:
    """A row that is open though nobody holds its camera, or holds it with a younger file, lost its recorder."""
    open_rows = Recording.objects.left_open().filter(locations__tier=tier, started_at__lt=timezone.now() - _GRACE)
    candidates = list(open_rows.select_related("camera", "session").order_by("started_at"))
    alive = leases.held_cameras([row.camera_id for row in candidates]) | running.switches().keys()
    newest = {row.camera_id: row.pk for row in candidates}
    for row in candidates:
        if row.camera_id in alive and newest[row.camera_id] == row.pk:
            continue
        location = row.locations.select_related("tier").get(tier=tier)
        adoption.close_dead_row(row, location.media_path)


def _adopt_orphans(tier: StorageTier) -> None:
    """Files of the last two days without a row, once a minute; a file that is a minute old has got its row or never will."""
    now = time.monotonic()
    if now - _LOOKED_FOR_ORPHANS.get(tier.pk, -_ORPHANS_EVERY_SECONDS) < _ORPHANS_EVERY_SECONDS:
        return
    _LOOKED_FOR_ORPHANS[tier.pk] = now
    for path in adoption.orphans(tier, days=2):
        if time.time() - path.stat().st_mtime > _ORPHAN_AGE_SECONDS:
            adoption.adopt(tier, path)
