"""Issue, rotate and revoke stream keys.

A key is shown once, when it is issued; what is kept is a digest.
"""

import secrets
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
    if Camera.objects.select_for_update().get(pk=camera.pk).retired_at is not None:  # two rotations at once take turns
        raise CameraIsRetired
    overlap = timedelta(seconds=settings.STREAM_KEY_OVERLAP_SECONDS) if overlap is None else overlap
    _make_room(camera, now=now, until=now + overlap, actor=actor)
    secret = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
    key = StreamKey.objects.create(
        camera=camera, hint=secret[-4:], digest=StreamKey.digest_of(secret), expires_at=expires_at
    )
    audit.record(actor=actor, verb=AuditVerb.STREAM_KEY_ISSUED, target=camera, hint=key.hint)
    transaction.on_commit(partial(events.announce_activity, camera), robust=True)
    return IssuedKey(key, secret)


@transaction.atomic
def revoke_key(key: StreamKey, *, actor: Actor) -> StreamKey:
    """End a key for good, and at once any publish that was admitted with it."""
    key = StreamKey.objects.select_for_update(of=("self",)).select_related("camera").get(pk=key.pk)
    if key.revoked_at is None:
        key.revoked_at = timezone.now()
        key.save(update_fields=["revoked_at"])
        audit.record(actor=actor, verb=AuditVerb.STREAM_KEY_REVOKED, target=key.camera, hint=key.hint)
        for session in key.publish_sessions.open_now():
            transaction.on_commit(partial(ingest.cut, session, reason=EndReason.KEY_REVOKED), robust=True)
        transaction.on_commit(partial(events.announce_activity, key.camera), robust=True)
    return key


def _make_room(camera: Camera, *, now: datetime, until: datetime, actor: Actor) -> None:
    valid = list(camera.stream_keys.select_for_update().valid_at(now).order_by("-created_at", "-pk"))
    for key in valid[: MOST_VALID - 1]:
        key.expires_at = min(filter(None, (key.expires_at, until)))
        key.save(update_fields=["expires_at"])
    for key in valid[MOST_VALID - 1 :]:
        revoke_key(key, actor=actor)
