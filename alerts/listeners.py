"""Signals from below become warnings in the log, and news for webhooks."""

import logging
from typing import Any

from accounts.choices import SignInOutcome
from accounts.models import RefreshFamily, SignInAttempt
from accounts.sign_in_attempts import FAILED
from alerts import news, security_events, security_rules, watching
from alerts.choices import EventType, RuleName
from alerts.security import refresh_reused
from cameras.choices import CameraStatus
from cameras.models import Camera
from recordings.capture.catalogue import short_connection
from recordings.models import Recording, StorageTier

logger = logging.getLogger(__name__)


def on_tables_ready(using: str, **kwargs: Any) -> None:
    """The tables are as this version wants them, and so should be the security rules."""
    security_rules.keep_rules(using)


def on_sign_in_attempted(attempt: SignInAttempt, **kwargs: Any) -> None:
    """A burst of failures is answered before its next attempt."""
    if attempt.outcome in (*FAILED, SignInOutcome.LOCKED_OUT):
        watching.watch(RuleName.FAILED_SIGN_INS)


def on_refresh_token_reused(family: RefreshFamily, address: str | None, **kwargs: Any) -> None:
    """Two parties hold what one should."""
    security_events.raise_event(RuleName.REFRESH_REUSED, refresh_reused.finding(family, address))


def on_camera_enrolled(camera: Camera, **kwargs: Any) -> None:
    """There is one more to watch."""
    news.tell(EventType.CAMERA_ENROLLED, {"camera": news.about(camera)}, camera=camera)


def on_camera_status_changed(camera: Camera, cause: str, **kwargs: Any) -> None:
    """It came, or it went."""
    type_ = EventType.CAMERA_ONLINE if camera.status == CameraStatus.ONLINE else EventType.CAMERA_OFFLINE
    news.tell(type_, {"camera": news.about(camera), "cause": cause}, camera=camera, at=camera.status_since)


def on_recording_opened(recording: Recording, **kwargs: Any) -> None:
    """Footage is kept from now on."""
    _tell_of_recording(EventType.RECORDING_STARTED, recording)


def on_recording_closed(recording: Recording, **kwargs: Any) -> None:
    """A file is complete."""
    _tell_of_recording(EventType.RECORDING_FINISHED, recording)


def on_recorder_failed(camera: Camera, cause: str, detail: str, **kwargs: Any) -> None:
    """Footage that was wanted is being missed."""
    logger.error("camera %s (%s) is not being recorded: %s %s", camera.name, camera.public_id, cause, detail)
    with short_connection():
        news.tell(EventType.RECORDING_FAILED, {"camera": news.about(camera), "cause": cause}, camera=camera)


def on_tier_nearly_full(tier: StorageTier, free_bytes: int, hours_left: float | None, **kwargs: Any) -> None:
    """Recording will stop unless somebody makes room."""
    left = "unknown" if hours_left is None else f"{hours_left:.1f} h"
    logger.error("storage tier %s is nearly full: %d bytes free, time left: %s", tier.name, free_bytes, left)
    _tell_of_tier(EventType.STORAGE_NEARLY_FULL, tier, free_bytes=free_bytes, hours_left=hours_left)


def on_tier_has_room(tier: StorageTier, **kwargs: Any) -> None:
    """The alarm is over."""
    logger.warning("storage tier %s has room again", tier.name)
    _tell_of_tier(EventType.STORAGE_HAS_ROOM, tier)


def on_tier_not_mounted(tier: StorageTier, detail: str, **kwargs: Any) -> None:
    """Nothing is recorded there."""
    logger.error("storage tier %s: its disk is not there, and nothing is recorded: %s", tier.name, detail)
    _tell_of_tier(EventType.STORAGE_NOT_MOUNTED, tier)


def _tell_of_recording(type_: EventType, recording: Recording) -> None:
    """The recorder has hundreds of threads; none of them keeps a connection to the database."""
    with short_connection():
        camera = recording.camera
        told = {"id": str(recording.pk), "started_at": recording.started_at.isoformat()}
        if recording.ended_at is not None:
            told |= {"ended_at": recording.ended_at.isoformat(), "end_cause": recording.end_cause}
        news.tell(type_, {"camera": news.about(camera), "recording": told}, camera=camera)


def _tell_of_tier(type_: EventType, tier: StorageTier, **facts: Any) -> None:
    with short_connection():
        news.tell(type_, {"storage": {"name": tier.name, **facts}})
