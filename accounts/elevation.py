"""Elevation: for a while somebody may do what outlives their session, after they have said why and proved who they are.

It is kept in the session, so it ends with it, and holds in no other browser.
"""

from collections.abc import MutableMapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.choices import AuditVerb
from accounts.models import User

_KEY: Final = "elevation"


class ElevationWanted(Exception):
    """This is open to people who are elevated."""

    def __str__(self) -> str:
        return "This needs an elevation: say why, and show your password or second factor again."


@dataclass(frozen=True, slots=True)
class Elevation:
    """Until when, and why."""

    until: datetime
    reason: str


def current(session: MutableMapping[str, Any], user: User | AnonymousUser) -> Elevation | None:
    """The elevation that is in force in this session."""
    told = session.get(_KEY)
    if not told or told["user"] != user.pk:
        return None
    until = datetime.fromtimestamp(told["until"], UTC)
    return Elevation(until, told["reason"]) if until > timezone.now() else None


@transaction.atomic
def begin(session: MutableMapping[str, Any], *, actor: User, reason: str) -> Elevation:
    """Elevate somebody who has just proved who they are."""
    length = timedelta(seconds=settings.ELEVATION_SECONDS)
    elevation = Elevation(timezone.now() + length, reason)
    session[_KEY] = {"user": actor.pk, "until": elevation.until.timestamp(), "reason": reason}
    until = elevation.until.isoformat(timespec="seconds")
    audit.record(actor=actor, verb=AuditVerb.ELEVATED, target=actor, reason=reason, until=until)
    return elevation


@transaction.atomic
def end(session: MutableMapping[str, Any], *, actor: User) -> None:
    """End it before its time."""
    if current(session, actor) is not None:
        audit.record(actor=actor, verb=AuditVerb.ELEVATION_ENDED, target=actor)
    session.pop(_KEY, None)
