"""Signals from the floors below."""

from collections.abc import Sequence
from typing import Any

from django.utils import timezone

from cameras.models import Camera
from recordings import policies, queueing
from recordings.choices import GapCause, RecordingMode, gap_cause_of
from recordings.models import Interruption
from streaming.models import PublishSession

_FEW = 8


def on_publishes_started(sessions: Sequence[PublishSession], **kwargs: Any) -> None:
    """Recorders should be there before the first key frames. For many, each node's own recorder finds out who they are."""
    modes = policies.modes_of([session.camera for session in sessions])
    wanted = [session for session in sessions if modes[session.camera_id] != RecordingMode.OFF]
    if len(wanted) <= _FEW:
        for session in wanted:
            queueing.queue_capture(session)
        return
    for node_name in {session.node.name for session in wanted}:
        queueing.queue_reconcile_node(node_name)


def on_publishes_ended(sessions: Sequence[PublishSession], **kwargs: Any) -> None:
    """From now on there is no footage of these cameras, and this is why."""
    policies.note_interruptions(
        Interruption(camera=one.camera, at=one.ended_at or timezone.now(), cause=gap_cause_of(one.end_reason))
        for one in sessions
    )


def on_camera_deactivated(camera: Camera, **kwargs: Any) -> None:
    """From now on there is no footage, and this is why."""
    cause = GapCause.CAMERA_RETIRED if camera.retired_at else GapCause.CAMERA_INACTIVE
    policies.note_interruption(camera, cause, at=timezone.now())


def on_camera_reactivated(camera: Camera, **kwargs: Any) -> None:
    """From now on footage is missing only because the camera does not publish."""
    policies.note_interruption(camera, GapCause.PUBLISHER_CLOSED, at=timezone.now())
