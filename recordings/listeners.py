"""Signals from the floors below."""

from typing import Any

from django.utils import timezone

from cameras.models import Camera
from recordings import policies, queueing
from recordings.choices import GapCause, RecordingMode, gap_cause_of
from streaming.models import PublishSession


def on_publish_started(session: PublishSession, **kwargs: Any) -> None:
    """A recorder should be there before the first key frame."""
    if policies.mode_of(session.camera) != RecordingMode.OFF:
        queueing.queue_capture(session)


def on_publish_ended(session: PublishSession, **kwargs: Any) -> None:
    """From now on there is no footage, and this is why."""
    cause = gap_cause_of(session.end_reason)
    policies.note_interruption(session.camera, cause, at=session.ended_at or timezone.now())


def on_camera_deactivated(camera: Camera, **kwargs: Any) -> None:
    """From now on there is no footage, and this is why."""
    cause = GapCause.CAMERA_RETIRED if camera.retired_at else GapCause.CAMERA_INACTIVE
    policies.note_interruption(camera, cause, at=timezone.now())


def on_camera_reactivated(camera: Camera, **kwargs: Any) -> None:
    """From now on footage is missing only because the camera does not publish."""
    policies.note_interruption(camera, GapCause.PUBLISHER_CLOSED, at=timezone.now())
