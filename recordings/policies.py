"""Whether a camera is recorded."""

from collections.abc import Iterable
from datetime import datetime
from functools import partial

from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.audit import Actor
from accounts.choices import AuditVerb
from cameras import events
from cameras.models import Camera
from recordings import queueing
from recordings.choices import GapCause, RecordingMode, RecordingSource
from recordings.models import Interruption, RecordingPolicy


def mode_of(camera: Camera) -> RecordingMode:
    """The camera's mode; without a policy it is recorded continuously."""
    policy = RecordingPolicy.objects.filter(camera=camera).first()
    return RecordingMode(policy.mode) if policy else RecordingMode.CONTINUOUS


def modes_of(cameras: Iterable[Camera]) -> dict[int, RecordingMode]:
    """The modes of several cameras, by the camera's id; one query."""
    modes = {camera.pk: RecordingMode.CONTINUOUS for camera in cameras}
    policies = RecordingPolicy.objects.filter(camera__in=modes).values_list("camera_id", "mode")
    return modes | {camera_id: RecordingMode(mode) for camera_id, mode in policies}


def source_of(camera: Camera) -> RecordingSource:
    """What is to read the camera's stream; without a policy the recorder chooses."""
    policy = RecordingPolicy.objects.filter(camera=camera).first()
    return RecordingSource(policy.source) if policy else RecordingSource.AUTO


def note_interruption(camera: Camera, cause: GapCause, *, at: datetime) -> None:
    """From now on there is no footage, and this is why; unless recording is off, which stays the reason."""
    note_interruptions([Interruption(camera=camera, at=at, cause=cause)])


def note_interruptions(interruptions: Iterable[Interruption]) -> None:
    """The same of several cameras, with as many queries as of one."""
    told = list(interruptions)
    modes = modes_of([one.camera for one in told])
    Interruption.objects.bulk_create([one for one in told if modes[one.camera_id] != RecordingMode.OFF])


@transaction.atomic
def set_mode(camera: Camera, mode: RecordingMode, *, actor: Actor) -> None:
    """Start or stop recording a camera. A running recorder sees it within a second or two."""
    _hold(camera)
    before = mode_of(camera)
    if before == mode:
        return
    RecordingPolicy.objects.update_or_create(camera=camera, defaults={"mode": mode})
    cause = GapCause.RECORDING_OFF if mode == RecordingMode.OFF else _cause_while_on(camera)
    if cause is not None:
        Interruption.objects.create(camera=camera, at=timezone.now(), cause=cause)
    audit.record(actor=actor, verb=AuditVerb.RECORDING_POLICY_SET, target=camera, before=before, after=mode)
    transaction.on_commit(partial(events.announce_activity, camera), robust=True)
    queueing.queue_reconcile_all_nodes()


@transaction.atomic
def set_source(camera: Camera, source: RecordingSource, *, actor: Actor) -> None:
    """Choose what reads a camera's stream for the recorder. Counts from the camera's next connection on."""
    _hold(camera)
    before = source_of(camera)
    if before == source:
        return
    RecordingPolicy.objects.update_or_create(camera=camera, defaults={"source": source})
    audit.record(actor=actor, verb=AuditVerb.RECORDING_POLICY_SET, target=camera, before=before, after=source)


def _hold(camera: Camera) -> None:
    """Two who set a camera's policy take turns."""
    Camera.objects.select_for_update(no_key=True).filter(pk=camera.pk).first()


def _cause_while_on(camera: Camera) -> GapCause | None:
    """Why there is still no footage; None when there is in a moment, and that recording was off stays the cause."""
    if camera.retired_at is not None:
        return GapCause.CAMERA_RETIRED
    if not camera.active:
        return GapCause.CAMERA_INACTIVE
    return None if camera.publish_sessions.open_now().exists() else GapCause.PUBLISHER_CLOSED
