"""Programs that signed in for a person: each sign-in is a family of refresh tokens, of which the newest alone is good.

Showing an older one means that two parties hold the chain. Nobody can tell which of them is the thief, so the family ends
for both (RFC 9700 section 4.14.2).
"""

from datetime import datetime
from functools import partial
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts import audit, json_web_tokens, second_factor, sign_in_attempts
from accounts.audit import SYSTEM, Actor
from accounts.choices import AuditVerb, RevocationCause
from accounts.json_web_tokens import Claims, Pair
from accounts.models import RefreshFamily, User
from accounts.refusals import (
    CredentialRefused,
    ExpiredCredential,
    HolderDisabled,
    RevokedCredential,
    WrongCredential,
)
from accounts.signals import credentials_changed, refresh_token_reused


class SecondFactorMissing(CredentialRefused):
    """The role asks for a second factor, and the person has enrolled none."""

    def __str__(self) -> str:
        return "Your role asks for a second factor. Sign in to the portal and enrol one, then sign in here again."


class RefreshTokenReused(RevokedCredential):
    """An old refresh token was shown, so its family has ended."""

    def __str__(self) -> str:
        return "This refresh token was used before. The sign-in has ended, for everybody who holds it. Sign in again."


@transaction.atomic
def begin(*, actor: User, address: str | None, user_agent: str) -> Pair:
    """Sign a program in, from this address, for a person who has proven to be that person.

    Raises SecondFactorMissing when the role asks for a second factor and there is none.
    """
    _check_factor(actor)
    family_id = uuid4()
    pair = json_web_tokens.sign(actor, family_id, until=_end_of_one_begun_at(timezone.now()))
    family = RefreshFamily.objects.create(
        id=family_id,
        user=actor,
        current=pair.refresh_id,
        expires_at=pair.refresh_expires_at,
        address=address,
        user_agent=_short(user_agent),
    )
    audit.record(actor=actor, verb=AuditVerb.REFRESH_FAMILY_BEGUN, target=family)
    return pair


def refresh(presented: str, *, address: str | None, user_agent: str) -> Pair:
    """A new pair in exchange for the newest refresh token, which is used up by it.

    Raises WrongCredential, ExpiredCredential, RevokedCredential, HolderDisabled, SecondFactorMissing; and RefreshTokenReused
    when the family has ended by it, so call it outside a transaction that may be rolled back.
    """
    claims = json_web_tokens.read_refresh(presented)
    pair = _exchange(claims, address, _short(user_agent))
    if pair is None:
        raise RefreshTokenReused
    return pair


def holder_of(access: str) -> RefreshFamily:
    """The family of an access token, with its person and their role: asked each time, so that it ends at once. One query.

    Raises WrongCredential, ExpiredCredential, RevokedCredential, HolderDisabled.
    """
    claims = json_web_tokens.read_access(access)
    family = RefreshFamily.objects.select_related("user__role").filter(pk=claims.family_id).first()
    if family is None:
        raise WrongCredential
    _check_usable(family, timezone.now())
    return family


def family_of(presented_refresh: str) -> RefreshFamily:
    """The family of a refresh token, ended or not. Raises WrongCredential, ExpiredCredential."""
    claims = json_web_tokens.read_refresh(presented_refresh)
    family = RefreshFamily.objects.select_related("user").filter(pk=claims.family_id).first()
    if family is None:
        raise WrongCredential
    return family


@transaction.atomic
def end(family: RefreshFamily, *, actor: Actor, cause: RevocationCause = RevocationCause.SIGNED_OUT) -> None:
    """Sign a program out: its tokens stop working at once, and its sockets are closed."""
    locked = RefreshFamily.objects.select_for_update(of=("self",), no_key=True).select_related("user").get(pk=family.pk)
    _revoke(locked, actor=actor, cause=cause)


@transaction.atomic
def end_all(user: User, *, actor: Actor, cause: RevocationCause = RevocationCause.EVERYWHERE) -> int:
    """Sign every program of a person out; how many there were."""
    rows = (
        RefreshFamily.objects.select_for_update(of=("self",), no_key=True)
        .select_related("user")
        .open_at(timezone.now())
    )
    families = list(rows.filter(user=user).order_by("pk"))
    for family in families:
        _revoke(family, actor=actor, cause=cause)
    return len(families)


@transaction.atomic
def _exchange(claims: Claims, address: str | None, user_agent: str) -> Pair | None:
    """The new pair; nothing when the token is an old one. The row is locked, so two that show one token take turns."""
    rows = RefreshFamily.objects.select_for_update(of=("self",), no_key=True).select_related("user__role")
    family = rows.filter(pk=claims.family_id).first()
    if family is None:
        raise WrongCredential
    now = timezone.now()
    _check_usable(family, now)
    if claims.token_id != family.current:
        _revoke(family, actor=SYSTEM, cause=RevocationCause.REUSED)
        tell = partial(refresh_token_reused.send_robust, RefreshFamily, family=family, address=address)
        transaction.on_commit(tell, robust=True)
        return None
    _check_factor(family.user)
    family.refreshed_at, family.address, family.user_agent = now, address, user_agent
    return _turn(family)


def _turn(family: RefreshFamily) -> Pair:
    pair = json_web_tokens.sign(family.user, family.pk, until=_end_of_one_begun_at(family.created_at))
    family.current, family.expires_at = pair.refresh_id, pair.refresh_expires_at
    family.save(update_fields=["current", "expires_at", "refreshed_at", "address", "user_agent"])
    return pair


def _end_of_one_begun_at(begun_at: datetime) -> datetime:
    """When the password and second factor have to be shown again, however often the program has refreshed."""
    return begun_at + settings.JWT_SIGN_IN_LIFETIME


def _check_usable(family: RefreshFamily, now: datetime) -> None:
    if not family.user.is_active or family.user.is_service:
        raise HolderDisabled  # which ended the family: the reason, not what followed, is what helps
    if family.revoked_at is not None:
        raise RevokedCredential
    if family.expires_at <= now:
        raise ExpiredCredential


def _revoke(family: RefreshFamily, *, actor: Actor, cause: RevocationCause) -> None:
    if family.revoked_at is not None:
        return
    family.revoked_at, family.revocation_cause = timezone.now(), cause
    family.save(update_fields=["revoked_at", "revocation_cause"])
    audit.record(actor=actor, verb=AuditVerb.REFRESH_FAMILY_REVOKED, target=family, cause=cause)
    ids: list[UUID] = [family.pk]
    transaction.on_commit(partial(credentials_changed.send_robust, sender=RefreshFamily, ids=ids), robust=True)


def _check_factor(user: User) -> None:
    if second_factor.is_missing(user):
        raise SecondFactorMissing


def _short(user_agent: str) -> str:
    return sign_in_attempts.plain(user_agent, most=200)
