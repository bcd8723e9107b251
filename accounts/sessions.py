"""The portal's open sessions: which there are, and ending them.

The rows are django-allauth's (`allauth.usersessions`): one for each sign-in, beside Django's session of the same key.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts import audit, refresh_families
from accounts.audit import Actor
from accounts.choices import AuditVerb
from accounts.models import User
from accounts.signals import announce_access

SEEN_EVERY = timedelta(minutes=1)
_NEVER = datetime.min.replace(tzinfo=UTC)
_MOST_NOTED = 10_000
_noted_at: dict[str, datetime] = {}


def open_sessions(user: User) -> "QuerySet[UserSession]":
    """The sessions in which this person is signed in now, the last used first."""
    alive = Session.objects.filter(expire_date__gt=timezone.now()).values("session_key")
    rows: QuerySet[UserSession] = UserSession.objects.filter(user=user, session_key__in=alive)
    return rows.order_by("-last_seen_at", "-pk")


def session_of(key: str | None) -> UserSession | None:
    """The row of the session with this key."""
    row: UserSession | None = UserSession.objects.filter(session_key=key).first() if key else None
    return row


@transaction.atomic
def end_session(session: UserSession, *, actor: Actor) -> None:
    """Sign one browser out."""
    _end([session.session_key])
    audit.record(actor=actor, verb=AuditVerb.SESSIONS_ENDED, target=session.user, count=1)
    announce_access([session.user_id])


@transaction.atomic
def end_all(user: User, *, actor: Actor, but: str | None = None) -> int:
    """Sign a person out everywhere, but in the session with the key `but`; their programs too, not their API tokens.

    Returns how many sessions that were.
    """
    refresh_families.end_all(user, actor=actor)
    keys = list(UserSession.objects.filter(user=user).exclude(session_key=but).values_list("session_key", flat=True))
    if not keys:
        return 0
    _end(keys)
    audit.record(actor=actor, verb=AuditVerb.SESSIONS_ENDED, target=user, count=len(keys))
    announce_access([user.pk])
    return len(keys)


def note_use(session_key: str, *, address: str | None) -> None:
    """Remember when, and from where, a session was last used; once a minute at most.

    What this process has noted it does not ask the database about again, so that most pages cost no query for it.
    """
    now = timezone.now()
    if timedelta(0) <= now - _noted_at.get(session_key, _NEVER) < SEEN_EVERY:
        return
    facts = {"last_seen_at": now} | ({"ip": address} if address else {})
    if UserSession.objects.filter(session_key=session_key, last_seen_at__lt=now - SEEN_EVERY).update(**facts):
        if len(_noted_at) >= _MOST_NOTED:
            _noted_at.clear()
        _noted_at[session_key] = now


def follow(before: str, now: str) -> None:
    """A session has another key now."""
    UserSession.objects.filter(session_key=before).update(session_key=now)


def _end(keys: Iterable[str]) -> None:
    Session.objects.filter(session_key__in=keys).delete()
    UserSession.objects.filter(session_key__in=keys).delete()
