"""The only writer of a camera's status."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from django.db import transaction
from django.utils import timezone

from cameras import events
from cameras.choices import CameraStatus
from cameras.models import Camera, StatusChange
from cameras.signals import camera_status_changed


def observe(camera: Camera, *, online: bool, cause: str = "", at: datetime | None = None) -> bool:
    """Note whether video flows. Does nothing when that is known already; returns whether it was news."""
    return bool(observe_many([camera], online=online, cause=cause, at=at))


@transaction.atomic
def observe_many(
    cameras: Sequence[Camera], *, online: bool, cause: str = "", at: datetime | None = None
) -> list[Camera]:
    """Note of several cameras whether video flows, with the same number of queries as of one; those it was news of."""
    status, since = CameraStatus.ONLINE if online else CameraStatus.OFFLINE, at or timezone.now()
    # Locked in one order, so that two who lock many never wait for each other.
    locked = (
        Camera.objects.select_for_update(no_key=True).filter(pk__in={camera.pk for camera in cameras}).order_by("pk")
    )
    changed = {current.pk: current for current in locked if current.status != status}
    for camera in (*changed.values(), *(camera for camera in cameras if camera.pk in changed)):
        camera.status, camera.status_since = status, since
    _write(list(changed.values()), cause)
    return list(changed.values())


def _write(changed: Sequence[Camera], cause: str) -> None:
    if not changed:
        return
    status, since = changed[0].status, changed[0].status_since
    Camera.objects.filter(pk__in=[camera.pk for camera in changed]).update(status=status, status_since=since)
    StatusChange.objects.bulk_create(
        [StatusChange(camera=camera, at=since, status=status, cause=cause[:120]) for camera in changed]
    )
    transaction.on_commit(partial(events.announce_statuses, changed), robust=True)
    for camera in changed:
        transaction.on_commit(
            partial(camera_status_changed.send_robust, sender=Camera, camera=camera, cause=cause), robust=True
        )
