"""People and their roles."""

from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from accounts import audit, delegation, letters, sessions
from accounts.audit import Actor
from accounts.choices import AuditVerb
from accounts.delegation import ChangeRefused
from accounts.models import Role, User
from accounts.scopes import BUILTIN_ROLES
from accounts.signals import announce_access

ADMINISTRATORS = "admin"
"""The name of the role that an installation is never without."""

EDITABLE_FIELDS = frozenset({"name", "email"})


class LastAdministrator(ChangeRefused):
    """The change would leave an installation that nobody can administer."""

    def __str__(self) -> str:
        return "This is the last active administrator. Give somebody else the administrator role first."


@transaction.atomic
def add_member(
    *, email: str, name: str, role: Role, password: str | None, actor: Actor, is_service: bool = False
) -> User:
    """Make an account. Without a password nobody can sign in to it by one.

    Raises ValidationError when the password is too weak or the e-mail is taken, and MoreThanYouHold.
    """
    delegation.check_may_put_into(actor, role)
    user = User(email=email.lower(), name=name, role=role, is_service=is_service)
    if password is not None:
        validate_password(password, user)
    user.set_password(password)
    user.full_clean(exclude=["password"])
    user.save()
    audit.record(actor=actor, verb=AuditVerb.MEMBER_ADDED, target=user, role=role.name)
    return user


@transaction.atomic
def edit_member(user: User, *, actor: Actor, **facts: Any) -> User:
    """Change name or email; the old address is told by letter. Raises ValidationError, MoreThanYouHold.

    One's own address is changed by `email_changes`: a door that asks nobody who they are would give the account away.
    """
    if unknown := facts.keys() - EDITABLE_FIELDS:
        raise TypeError(f"not editable: {', '.join(sorted(unknown))}")
    user = _locked(user)
    delegation.check_may_change(actor, user)
    before = {name: getattr(user, name) for name in facts}
    for name, value in facts.items():
        setattr(user, name, value)
    user.full_clean(exclude=["password"])
    after = {name: getattr(user, name) for name in facts}
    changed = sorted(name for name in facts if before[name] != after[name])
    if "email" in changed and user == actor:
        raise ValidationError({"email": "Change your own address on My account, where it is confirmed."}, code="own")
    if changed:
        user.save(update_fields=changed)
        told = {"before": {name: before[name] for name in changed}, "after": {name: after[name] for name in changed}}
        audit.record(actor=actor, verb=AuditVerb.MEMBER_EDITED, target=user, **told)
    if "email" in changed:
        letters.send("email_changed", to=before["email"], user=user, before=before["email"])
    return user


def keep_builtin_roles(database: str) -> None:
    """Make the built-in roles, each with the scopes that this version gives it. Roles that people made stay as they are."""
    for name, (label, scopes) in BUILTIN_ROLES.items():
        facts = {"label": label, "scopes": sorted(scopes), "builtin": True}
        Role.objects.using(database).update_or_create(name=name, defaults=facts)


@transaction.atomic
def give_role(user: User, role: Role, *, actor: Actor) -> None:
    """Replace a person's role. Raises LastAdministrator when nobody else could administer, and MoreThanYouHold."""
    current = _locked(user)
    if current.role_id == role.pk:
        return
    delegation.check_may_change(actor, current)
    delegation.check_may_put_into(actor, role)
    if role.name != ADMINISTRATORS:
        check_administrator_remains(current)
    before = current.role.name
    current.role = user.role = role
    current.save(update_fields=["role"])
    audit.record(actor=actor, verb=AuditVerb.ROLE_GIVEN, target=user, before=before, after=role.name)
    announce_access([user.pk])


@transaction.atomic
def disable_member(user: User, *, actor: Actor) -> None:
    """Close an account: sessions end, API and playback tokens stop working. Raises LastAdministrator, MoreThanYouHold."""
    current = _locked(user)
    delegation.check_may_change(actor, current)
    check_administrator_remains(current)
    if current.is_active:
        _set_active(user, False)
        sessions.end_all(user, actor=actor)  # a thief's, too, which would go on when the account is opened again
        audit.record(actor=actor, verb=AuditVerb.MEMBER_DISABLED, target=user)


@transaction.atomic
def enable_member(user: User, *, actor: Actor) -> None:
    """Open a disabled account again, with the role, grants and API tokens that it had. Raises MoreThanYouHold."""
    current = _locked(user)
    delegation.check_may_change(actor, current)
    if not current.is_active:
        _set_active(user, True)
        audit.record(actor=actor, verb=AuditVerb.MEMBER_ENABLED, target=user)


@transaction.atomic
def require_second_factor(user: User, required: bool, *, actor: Actor) -> bool:
    """Ask this person for a second factor whatever their role says, or no longer. Whether that was news."""
    current = _locked(user)
    if current.must_have_second_factor == required:
        return False
    current.must_have_second_factor = user.must_have_second_factor = required
    current.save(update_fields=["must_have_second_factor"])
    before, after = {"must_have_second_factor": not required}, {"must_have_second_factor": required}
    audit.record(actor=actor, verb=AuditVerb.MEMBER_EDITED, target=user, before=before, after=after)
    announce_access([user.pk])
    return True


def check_administrator_remains(leaving: User) -> None:
    """Raise LastAdministrator when nobody could administer without this person. Call inside the transaction.

    The role's row is locked, so that two administrators who disable each other take turns. A service account is none:
    nobody can sign in to it.
    """
    admin = Role.objects.select_for_update(no_key=True).get(name=ADMINISTRATORS)
    active = admin.members.filter(is_active=True, is_service=False)
    if active.filter(pk=leaving.pk).exists() and not active.exclude(pk=leaving.pk).exists():
        raise LastAdministrator


def _set_active(user: User, active: bool) -> None:
    user.is_active = active
    user.save(update_fields=["is_active"])
    announce_access([user.pk])


def _locked(user: User) -> User:
    """The person as the database has them now; who changes them at the same time waits."""
    current: User = User.objects.select_for_update(of=("self",), no_key=True).select_related("role").get(pk=user.pk)
    return current
