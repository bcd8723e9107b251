"""Second factors come and go: an authenticator app, passkeys, recovery codes.

Whoever enrols the first one is signed out elsewhere: a session that was opened by the password alone does not outlive it.
"""

import base64
import secrets
from typing import Any, Final

from allauth.mfa.models import Authenticator
from django.core.exceptions import ValidationError
from django.db import transaction

from accounts import audit, delegation, letters, sealing, second_factor, sessions
from accounts.audit import Actor
from accounts.choices import AuditVerb
from accounts.delegation import ChangeRefused
from accounts.models import User

RECOVERY_CODES: Final = 10
_KINDS: Final = {
    Authenticator.Type.TOTP: "Authenticator app",
    Authenticator.Type.WEBAUTHN: "Passkey",
}


class FactorIsRequired(ValidationError):
    """The role asks for a second factor, and this is the only one."""

    def __init__(self) -> None:
        super().__init__("Your role requires a second factor. Add another one first.", code="factor_is_required")


class OwnFactors(ChangeRefused):
    """Somebody helps themselves. Whoever has lost every factor cannot; whoever has found an open browser could."""

    def __str__(self) -> str:
        return "Remove your own second factors on My account, where you are asked who you are."


def new_app_secret() -> str:
    """160 random bits in base32, as apps want them (RFC 4226 section 4, R6)."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


@transaction.atomic
def add_app(user: User, *, secret: str, code: str, actor: Actor, keep_session: str | None = None) -> list[str]:
    """Enrol an authenticator app that has shown `code`. Returns recovery codes if there were none yet.

    Raises ValidationError when the code is wrong, or there is an app already.
    """
    _take_turns(user)
    if Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists():
        raise ValidationError("There is an authenticator app already. Remove it first.", code="app_exists")
    used = second_factor.counter_of(secret, second_factor.as_typed(code))
    if used is None:
        raise ValidationError(
            {"code": "That is not the present code. Look at the clock of the device too."}, code="code"
        )
    return _add(user, Authenticator.Type.TOTP, {"secret": sealing.seal(secret), "used": used}, actor, keep_session)


@transaction.atomic
def add_passkey(
    user: User, *, name: str, key: dict[str, Any], actor: Actor, keep_session: str | None = None
) -> list[str]:
    """Enrol a passkey, as `passkeys.finish_adding` gave it. Returns recovery codes if there were none yet."""
    _take_turns(user)
    return _add(user, Authenticator.Type.WEBAUTHN, {"name": name.strip()[:80] or "Passkey", **key}, actor, keep_session)


@transaction.atomic
def remove_factor(factor: Authenticator, *, actor: Actor) -> None:
    """Forget an app or a passkey; with the last one go the recovery codes. Raises FactorIsRequired."""
    user = factor.user
    _take_turns(user)
    others = second_factor.factors(user).exclude(pk=factor.pk)
    if second_factor.is_required(user) and not others.exists():
        raise FactorIsRequired
    _forget(factor, actor)
    if not others.exists():
        Authenticator.objects.filter(user=user).delete()
    letters.send("factor_removed", to=user.email, user=user, factor=name_of(factor))


@transaction.atomic
def remove_all(user: User, *, actor: Actor) -> None:
    """Help somebody who has lost every factor: none is left, and where the role requires one they enrol again.

    Raises MoreThanYouHold when the person may do something that the actor may not, OwnFactors.
    """
    delegation.check_may_change(actor, user)
    if user == actor:
        raise OwnFactors
    _take_turns(user)
    for factor in second_factor.factors(user):
        _forget(factor, actor)
    Authenticator.objects.filter(user=user).delete()
    sessions.end_all(user, actor=actor)
    letters.send("factor_removed", to=user.email, user=user, factor="every second factor")


@transaction.atomic
def make_recovery_codes(user: User, *, actor: Actor) -> list[str]:
    """Fresh codes; the old ones are void. This is the only time they are told. Raises ValidationError without a factor."""
    _take_turns(user)
    if not second_factor.is_enrolled(user):
        raise ValidationError("Enrol an authenticator app or a passkey first.", code="no_factor")
    return _make_codes(user, actor)


def name_of(factor: Authenticator) -> str:
    """What people call it."""
    return str(factor.data.get("name") or _KINDS[factor.type])


def _add(user: User, kind: Any, data: dict[str, Any], actor: Actor, keep_session: str | None) -> list[str]:
    first = not second_factor.is_enrolled(user)
    factor = Authenticator.objects.create(user=user, type=kind, data=data)
    audit.record(actor=actor, verb=AuditVerb.SECOND_FACTOR_ADDED, target=user, kind=_KINDS[kind], name=name_of(factor))
    letters.send("factor_added", to=user.email, user=user, factor=name_of(factor))
    if not first:
        return []
    sessions.end_all(user, actor=actor, but=keep_session)
    return _make_codes(user, actor)


def _make_codes(user: User, actor: Actor) -> list[str]:
    codes = [second_factor.new_recovery_code() for _ in range(RECOVERY_CODES)]
    kind = Authenticator.Type.RECOVERY_CODES
    Authenticator.objects.filter(user=user, type=kind).delete()
    digests = [second_factor.digest_of(user, code) for code in codes]
    Authenticator.objects.create(user=user, type=kind, data={"digests": digests})
    audit.record(actor=actor, verb=AuditVerb.RECOVERY_CODES_MADE, target=user)
    return codes


def _forget(factor: Authenticator, actor: Actor) -> None:
    facts = {"kind": _KINDS[factor.type], "name": name_of(factor)}
    factor.delete()
    audit.record(actor=actor, verb=AuditVerb.SECOND_FACTOR_REMOVED, target=factor.user, **facts)


def _take_turns(user: User) -> None:
    """Two changes of one person's factors come one after the other."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
