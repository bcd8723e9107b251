"""Who may fetch bytes of a camera.

A token is a promise made when it was issued; `viewer_of` asks again whether the person may still see the camera. The
media node asks it once per token and some seconds, so that a withdrawn grant closes open players within that time.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from django.utils import timezone

from accounts import access_decisions, audit, bearers
from accounts.bearers import CameBy
from accounts.choices import AuditVerb, Surface
from accounts.models import User
from accounts.scopes import Scope
from cameras.models import Camera
from cameras.querysets import CameraQuerySet
from streaming import playback_tokens
from streaming.models import MediaNode

Kind = Literal["live", "rec"]
SCOPES: dict[str, Scope] = {"live": Scope.LIVE_WATCH, "rec": Scope.RECORDINGS_READ}


class ViewerRefused(Exception):
    """The bearer may not have these bytes. Says nothing about whether they exist."""


@dataclass(frozen=True, slots=True)
class Pass:
    """An issued token with the address to play."""

    token: str = field(repr=False)
    expires_at: datetime
    url: str = field(repr=False)


def issue_pass(camera: Camera, *, kind: Kind, actor: User, came_by: CameBy | None = None) -> Pass:
    """Let a person play a camera, live or recorded, until what they came by ends. Raises ViewerRefused without the scope."""
    if not actor.has_scope(SCOPES[kind]) or not _watchable(actor, kind).filter(pk=camera.pk).exists():
        raise ViewerRefused("Your role or your grants do not allow watching this.")
    token, expires_at = playback_tokens.issue(
        camera_public_id=camera.public_id,
        user_id=actor.pk,
        kind=kind,
        now=timezone.now(),
        came_by=bearers.trace_of(actor.through or came_by),
    )
    audit.record(actor=actor, verb=AuditVerb.PLAYBACK_TOKEN_ISSUED, target=camera, kind=kind)
    return Pass(token, expires_at, f"{_media_base(camera)}/media/{token}/{kind}/{camera.public_id}/index.m3u8")


def viewer_of(token: str, *, kind: Kind, camera_public_id: str, address: str | None) -> tuple[User, Camera]:
    """The person and the camera behind a token that a player at this address shows. Raises ViewerRefused."""
    if not access_decisions.allows(address, Surface.PLAYBACK):
        raise ViewerRefused("the access rules let nobody watch from this address")
    try:
        told = playback_tokens.read(token, now=timezone.now())
    except playback_tokens.BadToken as error:
        raise ViewerRefused(str(error)) from error
    if told.kind != kind or told.camera_public_id != camera_public_id:
        raise ViewerRefused("the playback token is for something else")
    user = bearers.person_by(told.came_by, told.user_id)
    if user is None or not user.has_scope(SCOPES[kind]):
        raise ViewerRefused("the person behind the token may not watch")
    camera = _watchable(user, kind).select_related("site").filter(public_id=camera_public_id).first()
    if camera is None:
        raise ViewerRefused("the person behind the token may not watch")
    return user, camera


def _watchable(user: User, kind: Kind) -> CameraQuerySet[Camera]:
    """Cameras of which this person may see this kind."""
    return Camera.objects.footage_visible_to(user) if kind == "rec" else Camera.objects.visible_to(user)


def _media_base(camera: Camera) -> str:
    """Where players reach the node that has the camera; empty for the portal's own address."""
    session = camera.publish_sessions.select_related("node").first()
    node = session.node if session else MediaNode.objects.first()
    return node.media_base_url.rstrip("/") if node else ""
