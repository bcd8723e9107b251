"""Who somebody is whom the provider of single sign-on has let in, and what they may do here.

Only an e-mail address that the provider has verified counts. The role follows the provider's groups at each sign-in, but
never takes the last administrator away.
"""

import logging
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction

from accounts import audit, delegation, membership, sign_in
from accounts.audit import SYSTEM, Actor
from accounts.choices import AuditVerb, Door, SignInMethod, SignInOutcome
from accounts.membership import LastAdministrator
from accounts.models import Identity, Role, User
from accounts.sign_in import SignInRefused

Claims = dict[str, Any]
logger = logging.getLogger(__name__)
_LONGEST: Final = 254


def come_in(claims: Claims, *, address: str | None, user_agent: str, door: Door) -> User:
    """The person whom the claims are about; an account is made where the settings say so. The attempt is kept.

    Raises SignInRefused.
    """
    email = str(claims.get("email", ""))[:_LONGEST].lower()
    user = _person(claims, email) if _is_verified(claims) else None
    outcome = sign_in.outcome_for(user) if user is not None else SignInOutcome.NOT_ALLOWED
    sign_in.keep(
        method=SignInMethod.ELSEWHERE,
        outcome=outcome,
        email=email or (user.email if user else ""),
        user=user,
        address=address,
        user_agent=user_agent,
        door=door,
    )
    if user is None:
        raise SignInRefused(outcome)
    return user


@transaction.atomic
def unlink(identity: Identity, *, actor: Actor) -> None:
    """Forget who somebody is elsewhere: whoever comes with their address next is linked anew. Raises MoreThanYouHold."""
    delegation.check_may_change(actor, identity.user)
    facts = {"issuer": identity.issuer, "subject": identity.subject}
    audit.record(actor=actor, verb=AuditVerb.IDENTITY_UNLINKED, target=identity.user, **facts)
    identity.delete()


@transaction.atomic
def _person(claims: Claims, email: str) -> User | None:
    """The account; None when there is none, or the groups open nothing. Where groups give roles, it has the one they say."""
    role = _role(claims)
    if role is None and settings.OIDC_ROLES:
        return None
    known = Identity.objects.select_related("user__role").filter(issuer=claims["iss"], subject=claims["sub"]).first()
    user = known.user if known else _with_address(email, issuer=claims["iss"])
    if user is None:
        user = _new_account(claims, email, role)
    if user is None or sign_in.outcome_for(user) != SignInOutcome.SIGNED_IN:
        return user
    if known is None:
        _link(user, claims)
    if settings.OIDC_ROLES and role is not None and role != user.role:
        _give(user, role)
    return user


def _with_address(email: str, *, issuer: str) -> User | None:
    """The account with this address, unless another identity of the provider has it: addresses are given away again.

    The row is locked, so that of two identities that come at once one is linked.
    """
    people = User.objects.select_for_update(of=("self",), no_key=True).select_related("role")
    user: User | None = people.filter(email__iexact=email).first()
    if user is not None and user.identities.filter(issuer=issuer).exists():
        logger.warning(
            "single sign-on: account %d belongs to another identity of the provider; unlink it first", user.pk
        )
        return None
    return user


def _new_account(claims: Claims, email: str, role: Role | None) -> User | None:
    if role is None or not settings.OIDC_NEW_ACCOUNTS:
        return None
    name = str(claims.get("name") or email.partition("@")[0])[:120]
    try:
        return membership.add_member(email=email, name=name, role=role, password=None, actor=SYSTEM)
    except ValidationError:
        logger.warning("single sign-on: no account can be made for what the provider tells")
        return None


def _link(user: User, claims: Claims) -> None:
    identity = Identity.objects.create(user=user, issuer=claims["iss"], subject=claims["sub"])
    audit.record(
        actor=user, verb=AuditVerb.IDENTITY_LINKED, target=user, issuer=identity.issuer, subject=identity.subject
    )


def _give(user: User, role: Role) -> None:
    try:
        with transaction.atomic():
            membership.give_role(user, role, actor=SYSTEM)
    except LastAdministrator:
        logger.warning("single sign-on: the last administrator stays one, though the groups say %s", role.name)
    else:
        user.refresh_from_db(fields=["role"])


def _is_verified(claims: Claims) -> bool:
    """Providers that say nothing about it count only if the settings say that all addresses there are verified."""
    said = claims.get("email_verified", settings.OIDC_EMAILS_ARE_VERIFIED)
    return bool(claims.get("email")) and said in (True, "true")


def _role(claims: Claims) -> Role | None:
    """The first line of the mapping whose group the person is in; else the usual role."""
    groups = _groups(claims)
    names = [role for group, role in settings.OIDC_ROLES.items() if group in groups]
    name = names[0] if names else settings.OIDC_USUAL_ROLE
    return Role.objects.filter(name=name).first() if name else None


def _groups(claims: Claims) -> set[str]:
    """What the claim of groups says: a list, one word, or deeper inside (`realm_access.roles`)."""
    found: Any = claims
    for step in settings.OIDC_GROUP_CLAIM.split("."):
        found = found.get(step) if isinstance(found, dict) else None
    if isinstance(found, str):
        return {found}
    return {str(one) for one in found} if isinstance(found, list) else set()
