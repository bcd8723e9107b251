"""The only writer of a camera's status."""

from datetime import datetime
from functools import partial

from django.db import transaction
from django.utils import timezone

from cameras import events
from cameras.choices import CameraStatus
from cameras.models import Camera, StatusChange
from cameras.signals import camera_status_changed


@transaction.atomic
def observe(camera: Camera, *, online: bool, cause: str = "", at: datetime | None = None) -> bool:
    """Note whether video flows. Does nothing when that is known already; returns whether it was news."""
    status = CameraStatus.ONLINE if online else CameraStatus.OFFLINE
    current = Camera.objects.select_for_update().get(pk=camera.pk)
    if current.status == status:
        return False
    current.status, current.status_since = status, at or timezone.now()
    current.save(update_fields=["status", "status_since"])
    camera.status, camera.status_since = current.status, current.status_since
    StatusChange.objects.create(camera=current, at=current.status_since, status=status, cause=cause[:120])
    transaction.on_commit(partial(events.announce_status, current), robust=True)
    transaction.on_commit(
        partial(camera_status_changed.send_robust, sender=Camera, camera=current, cause=cause), robust=True
    )
    return True
