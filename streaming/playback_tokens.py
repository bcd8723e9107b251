"""Playback tokens: signed, short-lived, for one camera and one person, and carried in the path.

`<payload>.<time>.<signature>`; URL-safe, so that relative addresses in a playlist inherit it. The payload is camera,
person, kind, end, and what the person came by: their session, their program's sign-in, or an API token.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.core import signing

_SALT = "streaming.playback"


@dataclass(frozen=True, slots=True)
class PlaybackToken:
    """What a token says: this person may fetch this kind of bytes ("live" or "rec") of this camera.

    `came_by` is what it ends with, as `accounts.bearers.trace_of` writes it.
    """

    camera_public_id: str
    user_id: int
    kind: str
    expires_at: datetime
    came_by: str = ""


class BadToken(Exception):
    """Not a token of ours, or one that has expired."""


def issue(*, camera_public_id: str, user_id: int, kind: str, now: datetime, came_by: str = "") -> tuple[str, datetime]:
    """A token, and when it ends."""
    expires_at = now + timedelta(seconds=settings.PLAYBACK_TOKEN_SECONDS)
    payload = [camera_public_id, user_id, kind, int(expires_at.timestamp()), came_by]
    text = signing.dumps(payload, salt=_SALT).replace(":", ".")
    return text, datetime.fromtimestamp(int(expires_at.timestamp()), UTC)


def read(token: str, *, now: datetime) -> PlaybackToken:
    """What a token says. Raises BadToken."""
    try:
        camera, user_id, kind, expires, came_by = signing.loads(token.replace(".", ":"), salt=_SALT)
        end = datetime.fromtimestamp(int(expires), UTC)
        told = PlaybackToken(str(camera), int(user_id), str(kind), end, str(came_by))
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise BadToken("not a playback token") from error
    if told.expires_at <= now:
        raise BadToken("the playback token has expired")
    return told
