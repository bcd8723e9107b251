"""Issue, rotate and revoke stream keys; make temporary ones.

A key is shown once, when it is issued; what is kept is a digest.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.audit import Actor
from accounts.choices import AuditVerb
from cameras import events
from cameras.enrolment import CameraIsRetired
from cameras.models import Camera
from streaming import ingest
from streaming.choices import EndReason
from streaming.models import StreamKey

# Letters and digits that survive being read aloud and typed on a camera's web page.
_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
_LENGTH = 26
MOST_VALID = 2
SHORTEST_TEMPORARY = timedelta(minutes=1)
LONGEST_TEMPORARY = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A fresh key: the only time its secret exists outside the camera."""

    key: StreamKey
    secret: str = field(repr=False)


@transaction.atomic
def rotate_key(
    camera: Camera, *, actor: Actor, expires_at: datetime | None = None, overlap: timedelta | None = None
) -> IssuedKey:
    """Issue a new key; older ones stay valid for `overlap` (setting STREAM_KEY_OVERLAP_SECONDS), and at most one of them.

    Raises ValidationError when `expires_at` is past, CameraIsRetired.
    """
    now = timezone.now()
    if expires_at is not None and expires_at <= now:
        raise ValidationError({"expires_at": "The key would expire before it is issued."}, code="past")
    _hold(camera)
    overlap = timedelta(seconds=settings.STREAM_KEY_OVERLAP_SECONDS) if overlap is None else overlap
    _make_room(camera, now=now, until=now + overlap, actor=actor)
    issued = _make(camera, expires_at=expires_at)
    issued.key.save()
    audit.record(actor=actor, verb=AuditVerb.STREAM_KEY_ISSUED, target=camera, hint=issued.key.hint)
    transaction.on_commit(partial(events.announce_activity, camera), robust=True)
    return issued


@transaction.atomic
def issue_temporary_key(camera: Camera, *, actor: Actor, valid_for: timedelta) -> IssuedKey:
    """Make a key that ends by itself, for a phone or a drone; a publish with it ends then, too.

    The camera's own keys stay as they are. Raises ValidationError unless it is valid for a minute to a day, CameraIsRetired.
    """
    if not SHORTEST_TEMPORARY <= valid_for <= LONGEST_TEMPORARY:
        raise ValidationError({"valid_seconds": "Choose from a minute to 24 hours."}, code="span")
    _hold(camera)
    issued = _make(camera, expires_at=timezone.now() + valid_for, temporary=True)
    issued.key.save()
    audit.record(
        actor=actor,
        verb=AuditVerb.PUBLISH_URL_SIGNED,
        target=camera,
        hint=issued.key.hint,
        valid_seconds=int(valid_for.total_seconds()),
    )
    transaction.on_commit(partial(events.announce_activity, camera), robust=True)
    return issued


@transaction.atomic
def issue_first_keys(cameras: Sequence[Camera], *, actor: Actor) -> list[IssuedKey]:
    """Make a key for each of many cameras that have none yet, in their order; as many queries as for one."""
    issued = [_make(camera) for camera in cameras]
    StreamKey.objects.bulk_create([one.key for one in issued], batch_size=1000)
    audit.record_many(
        actor=actor,
        verb=AuditVerb.STREAM_KEY_ISSUED,
        facts=[(one.key.camera, {"hint": one.key.hint}) for one in issued],
    )
    return issued


@transaction.atomic
def revoke_key(key: StreamKey, *, actor: Actor) -> StreamKey:
    """End a key for good, and at once any publish that was admitted with it."""
    key = StreamKey.objects.select_for_update(of=("self",), no_key=True).select_related("camera").get(pk=key.pk)
    if key.revoked_at is None:
        key.revoked_at = timezone.now()
        key.save(update_fields=["revoked_at"])
        audit.record(actor=actor, verb=AuditVerb.STREAM_KEY_REVOKED, target=key.camera, hint=key.hint)
        for session in key.publish_sessions.open_now():
            transaction.on_commit(partial(ingest.cut, session, reason=EndReason.KEY_REVOKED), robust=True)
        transaction.on_commit(partial(events.announce_activity, key.camera), robust=True)
    return key


def _hold(camera: Camera) -> None:
    """Two that issue keys of a camera at once take turns. Raises CameraIsRetired."""
    if Camera.objects.select_for_update(no_key=True).get(pk=camera.pk).retired_at is not None:
        raise CameraIsRetired


def _make(camera: Camera, *, expires_at: datetime | None = None, temporary: bool = False) -> IssuedKey:
    secret = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
    digest = StreamKey.digest_of(secret)
    key = StreamKey(camera=camera, hint=secret[-4:], digest=digest, expires_at=expires_at, temporary=temporary)
    return IssuedKey(key, secret)


def _make_room(camera: Camera, *, now: datetime, until: datetime, actor: Actor) -> None:
    own = camera.stream_keys.filter(temporary=False)
    valid = list(own.select_for_update(no_key=True).valid_at(now).order_by("-created_at", "-pk"))
    for key in valid[: MOST_VALID - 1]:
        key.expires_at = min(filter(None, (key.expires_at, until)))
        key.save(update_fields=["expires_at"])
    for key in valid[MOST_VALID - 1 :]:
        revoke_key(key, actor=actor)
