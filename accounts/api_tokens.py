"""API tokens: issue, edit, rotate, revoke, and which one somebody has shown.

A token's text is shown once, when it is issued or rotated; of its secret a digest is kept (`token_text`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts import audit, delegation, rate_limits, token_facts, token_text
from accounts.audit import Actor
from accounts.choices import AuditVerb
from accounts.delegation import ChangeRefused
from accounts.models import ApiToken, User
from accounts.refusals import (
    CredentialFromElsewhere,
    ExpiredCredential,
    HolderDisabled,
    RevokedCredential,
    WrongCredential,
)
from accounts.scopes import Scope
from accounts.signals import credentials_changed

LONGEST_OVERLAP: Final = timedelta(days=7)
USE_IS_NOTED_EVERY: Final = timedelta(minutes=1)


class TokenIsRevoked(ChangeRefused):
    """A revoked token stays as it is."""

    def __str__(self) -> str:
        return "The token is revoked. Issue a new one."


class TokenNotYours(ChangeRefused):
    """Whoever knows the secret of a person's token is that person."""

    def __str__(self) -> str:
        return "You can do this with your own tokens, and as an administrator with those of service accounts."


class ThroughToken(ChangeRefused):
    """A program may not give itself more, or a longer life, than a person gave it."""

    def __str__(self) -> str:
        return "An API token cannot issue, edit or rotate tokens. Sign in to do that."


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A fresh secret: the only time its text exists outside the program that will use it."""

    token: ApiToken
    text: str = field(repr=False)


@transaction.atomic
def issue(*, owner: User, actor: Actor, reach: Sequence[str] | None = None, **facts: Any) -> IssuedToken:
    """Make a token for oneself, or for a service account.

    Facts: name, scopes; networks (CIDRs), requests_per_minute, expires_at if wanted. `reach` says in words, for the
    audit, to which places it is restricted; the floor above keeps them. None: it reaches all that its owner sees.

    Raises ValidationError, TokenNotYours, ThroughToken, MoreThanYouHold.
    """
    _check_may_make(actor, owner)
    rate_limits.check_may_allow(actor, facts.get("requests_per_minute"))
    token = ApiToken(owner=owner, key=token_text.new_key(), restricted=reach is not None)
    token_facts.put(token, {"scopes": [], **facts})
    text = _new_secret(token)
    token.save()
    told = token_facts.told(token, token_facts.NAMES)
    audit.record(actor=actor, verb=AuditVerb.API_TOKEN_ISSUED, target=token, owner=owner.email, reach=reach, **told)
    return IssuedToken(token, text)


@transaction.atomic
def edit(token: ApiToken, *, actor: Actor, reach: Sequence[str] | None = None, **facts: Any) -> ApiToken:
    """Change what it may do. Facts are as for `issue`, and `restricted`; `reach` says in words what it is restricted to now.

    Raises ValidationError, TokenIsRevoked, TokenNotYours, ThroughToken, MoreThanYouHold.
    """
    token = _locked(token)
    check_may_change(token, actor=actor)
    rate_limits.check_may_allow(actor, facts.get("requests_per_minute"), before=token.requests_per_minute)
    before = token_facts.told(token, facts)
    token_facts.put(token, facts)
    after = token_facts.told(token, facts)
    changed = sorted(name for name in facts if before[name] != after[name])
    if changed or reach is not None:
        token.save(update_fields=changed)
        told = {"before": {name: before[name] for name in changed}, "after": {name: after[name] for name in changed}}
        audit.record(actor=actor, verb=AuditVerb.API_TOKEN_EDITED, target=token, reach=reach, **told)
        _announce(token)
    return token


@transaction.atomic
def rotate(token: ApiToken, *, actor: Actor, overlap: timedelta = timedelta(0)) -> IssuedToken:
    """Give it a new secret. The one before stays good for `overlap`, seven days at most; one before that ends now.

    Raises ValidationError, TokenIsRevoked, TokenNotYours, ThroughToken, MoreThanYouHold.
    """
    if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
        raise ValidationError({"overlap": "The old secret can stay valid for 0 to 7 days."}, code="overlap")
    token = _locked(token)
    check_may_change(token, actor=actor)
    token.rotated_at = timezone.now()
    token.previous_digest = token.digest if overlap else ""
    token.previous_until = token.rotated_at + overlap if overlap else None
    text = _new_secret(token)
    token.save(update_fields=["digest", "previous_digest", "previous_until", "rotated_at"])
    seconds = int(overlap.total_seconds())
    audit.record(actor=actor, verb=AuditVerb.API_TOKEN_ROTATED, target=token, overlap_seconds=seconds)
    _announce(token)
    return IssuedToken(token, text)


@transaction.atomic
def revoke(token: ApiToken, *, actor: Actor) -> ApiToken:
    """End it for good: requests are refused, its sockets closed, and the passes for players that came from it end too."""
    token = _locked(token)
    if token.revoked_at is None:
        token.revoked_at = timezone.now()
        token.save(update_fields=["revoked_at"])
        audit.record(actor=actor, verb=AuditVerb.API_TOKEN_REVOKED, target=token, owner=token.owner.email)
        _announce(token)
    return token


@transaction.atomic
def suspend(token: ApiToken, *, actor: Actor) -> bool:
    """Refuse it for now, as if it were revoked; `resume` lets it be used again. Whether that was news."""
    token = _locked(token)
    if token.suspended_at is not None or token.revoked_at is not None:
        return False
    token.suspended_at = timezone.now()
    token.save(update_fields=["suspended_at"])
    audit.record(actor=actor, verb=AuditVerb.API_TOKEN_SUSPENDED, target=token, owner=token.owner.email)
    _announce(token)
    return True


@transaction.atomic
def resume(token: ApiToken, *, actor: Actor) -> None:
    """Let a suspended token be used again."""
    token = _locked(token)
    if token.suspended_at is not None:
        token.suspended_at = None
        token.save(update_fields=["suspended_at"])
        audit.record(actor=actor, verb=AuditVerb.API_TOKEN_RESUMED, target=token, owner=token.owner.email)
        _announce(token)


def check_may_change(token: ApiToken, *, actor: Actor) -> None:
    """Raise TokenIsRevoked, TokenNotYours, ThroughToken or MoreThanYouHold unless the actor may edit and rotate the token."""
    if token.revoked_at is not None:
        raise TokenIsRevoked
    _check_may_make(actor, token.owner)


def verify(presented: str, *, address: str | None) -> ApiToken:
    """The token that was shown from this address, with its owner and the owner's role. Costs one query, and one a minute.

    Raises WrongCredential, alike for a key that nobody has and for a wrong secret; and only to whoever knows the secret
    RevokedCredential, ExpiredCredential, HolderDisabled, CredentialFromElsewhere.
    """
    parts = token_text.parts_of(presented)
    if parts is None:
        raise WrongCredential
    key, secret = parts
    now = timezone.now()
    token = ApiToken.objects.select_related("owner__role").filter(key=key).first()
    if not _is_proven(token, secret, now) or token is None:
        raise WrongCredential
    _check_usable(token, now, address)
    _note_use(token, now, address)
    return token


def _is_proven(token: ApiToken | None, secret: str, now: datetime) -> bool:
    current, previous = (token.digest, token.previous_digest) if token else ("", "")
    fits_current, fits_previous = token_text.fits(secret, current, previous)
    overlaps = token is not None and token.previous_until is not None and token.previous_until > now
    return fits_current or (fits_previous and overlaps)


def _check_usable(token: ApiToken, now: datetime, address: str | None) -> None:
    if token.revoked_at is not None or token.suspended_at is not None:
        raise RevokedCredential
    if token.expires_at is not None and token.expires_at <= now:
        raise ExpiredCredential
    if not token.owner.is_active:
        raise HolderDisabled
    if not token_facts.is_allowed_from(token, address):
        raise CredentialFromElsewhere


def _note_use(token: ApiToken, now: datetime, address: str | None) -> None:
    """Once a minute. Of requests at the same moment one changes the row, for the database asks the condition again."""
    if token.last_used_at is not None and now - token.last_used_at < USE_IS_NOTED_EVERY:
        return
    due = Q(last_used_at__isnull=True) | Q(last_used_at__lte=now - USE_IS_NOTED_EVERY)
    if ApiToken.objects.filter(due, pk=token.pk).update(last_used_at=now, last_used_address=address):
        token.last_used_at, token.last_used_address = now, address


def _check_may_make(actor: Actor, owner: User) -> None:
    """Who learns a secret can do what its owner can: that is the owner, or somebody who holds as much anyway."""
    if not isinstance(actor, User):
        return
    if actor.through is not None:
        raise ThroughToken
    if owner != actor:
        if not (owner.is_service and actor.has_scope(Scope.TOKENS_ALL)):
            raise TokenNotYours
        delegation.check_may_change(actor, owner)


def _locked(token: ApiToken) -> ApiToken:
    """The token as it is now; who changes it at the same time waits."""
    found: ApiToken = (
        ApiToken.objects.select_for_update(of=("self",), no_key=True).select_related("owner__role").get(pk=token.pk)
    )
    return found


def _new_secret(token: ApiToken) -> str:
    secret = token_text.new_secret()
    token.digest = token_text.digest_of(secret)
    return token_text.text_of(token.key, secret)


def _announce(token: ApiToken) -> None:
    tell = partial(credentials_changed.send_robust, sender=ApiToken, ids=[token.pk])
    transaction.on_commit(tell, robust=True)
