"""Enrol, edit, deactivate, reactivate and retire a camera."""

from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.audit import Actor
from accounts.choices import AuditVerb
from cameras import events, sight
from cameras.models import Camera
from cameras.signals import camera_deactivated, camera_enrolled, camera_reactivated

EDITABLE_FIELDS = frozenset({"serial_number", "name", "site", "group", "vendor", "model", "place"})


class CameraIsRetired(Exception):
    """A retired camera cannot be changed."""

    def __str__(self) -> str:
        return "This camera is retired. Enrol it again under another serial number, or keep it as it is."


@transaction.atomic
def enrol_camera(*, actor: Actor, **facts: Any) -> Camera:
    """Add a camera. Facts: serial_number, name, site, and optionally group, vendor, model, place.

    Raises ValidationError, by field.
    """
    camera = Camera(**facts)
    camera.full_clean()
    camera.save()
    audit.record(actor=actor, verb=AuditVerb.CAMERA_ENROLLED, target=camera, serial_number=camera.serial_number)
    transaction.on_commit(partial(camera_enrolled.send_robust, sender=Camera, camera=camera), robust=True)
    transaction.on_commit(partial(events.announce_status, camera), robust=True)
    return camera


@transaction.atomic
def edit_camera(camera: Camera, *, actor: Actor, **facts: Any) -> Camera:
    """Change some of the editable facts. Raises ValidationError, CameraIsRetired, MoreThanYouHold."""
    unknown = facts.keys() - EDITABLE_FIELDS
    if unknown:
        raise TypeError(f"not editable: {', '.join(sorted(unknown))}")
    camera = _locked(camera)
    changed = {name: value for name, value in facts.items() if getattr(camera, name) != value}
    before = {name: str(getattr(camera, name)) for name in changed}
    for name, value in changed.items():
        setattr(camera, name, value)
    camera.full_clean()
    if changed:
        with sight.moving(actor, Camera.objects.filter(pk=camera.pk)):
            camera.save(update_fields=sorted(changed))
        after = {name: str(value) for name, value in changed.items()}
        audit.record(actor=actor, verb=AuditVerb.CAMERA_EDITED, target=camera, before=before, after=after)
        transaction.on_commit(partial(events.announce_status, camera), robust=True)
    if changed.keys() & {"site", "group"}:
        transaction.on_commit(partial(events.ask_watchers_to_return, camera), robust=True)
    return camera


@transaction.atomic
def deactivate_camera(camera: Camera, *, actor: Actor) -> Camera:
    """Take a camera out of use for a while: a running publish ends, footage stays. Raises CameraIsRetired."""
    camera = _locked(camera)
    if camera.active:
        camera.active = False
        camera.save(update_fields=["active"])
        audit.record(actor=actor, verb=AuditVerb.CAMERA_DEACTIVATED, target=camera)
        _announce_out_of_use(camera)
    return camera


@transaction.atomic
def reactivate_camera(camera: Camera, *, actor: Actor) -> Camera:
    """Put a deactivated camera back into use. Raises CameraIsRetired."""
    camera = _locked(camera)
    if not camera.active:
        camera.active = True
        camera.save(update_fields=["active"])
        audit.record(actor=actor, verb=AuditVerb.CAMERA_REACTIVATED, target=camera)
        transaction.on_commit(partial(events.announce_status, camera), robust=True)
        transaction.on_commit(partial(camera_reactivated.send_robust, sender=Camera, camera=camera), robust=True)
    return camera


@transaction.atomic
def retire_camera(camera: Camera, *, actor: Actor) -> Camera:
    """Stop watching a camera for good. Its footage stays until its retention ends. Raises CameraIsRetired."""
    camera = _locked(camera)
    camera.retired_at = timezone.now()
    camera.save(update_fields=["retired_at"])
    audit.record(actor=actor, verb=AuditVerb.CAMERA_RETIRED, target=camera)
    _announce_out_of_use(camera)
    return camera


def _locked(camera: Camera) -> Camera:
    current: Camera = (
        Camera.objects.select_for_update(of=("self",), no_key=True).select_related("site", "group").get(pk=camera.pk)
    )
    if current.retired_at is not None:
        raise CameraIsRetired
    return current


def _announce_out_of_use(camera: Camera) -> None:
    transaction.on_commit(partial(events.announce_status, camera), robust=True)
    transaction.on_commit(partial(camera_deactivated.send_robust, sender=Camera, camera=camera), robust=True)
