"""People and their roles."""

from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.db import transaction

from accounts import audit
from accounts.audit import Actor
from accounts.choices import AuditVerb
from accounts.models import Role, User


@transaction.atomic
def add_member(*, email: str, name: str, role: Role, password: str | None, actor: Actor) -> User:
    """Make an account. Raises ValidationError when the password is too weak or the e-mail is taken."""
    user = User(email=email.lower(), name=name, role=role)
    if password is not None:
        validate_password(password, user)
    user.set_password(password)
    user.full_clean(exclude=["password"])
    user.save()
    audit.record(actor=actor, verb=AuditVerb.MEMBER_ADDED, target=user, role=role.name)
    return user


@transaction.atomic
def give_role(user: User, role: Role, *, actor: Actor) -> None:
    """Replace a person's role. Raises LastAdministrator when nobody else could administer."""
    _keep_an_administrator(user, leaves=role.name != "admin")
    before = user.role.name
    user.role = role
    user.save(update_fields=["role"])
    audit.record(actor=actor, verb=AuditVerb.ROLE_GIVEN, target=user, before=before, after=role.name)


@transaction.atomic
def disable_member(user: User, *, actor: Actor) -> None:
    """Close an account: sessions and playback tokens stop working. Raises LastAdministrator."""
    _keep_an_administrator(user, leaves=True)
    user.is_active = False
    user.save(update_fields=["is_active"])
    audit.record(actor=actor, verb=AuditVerb.MEMBER_DISABLED, target=user)


class LastAdministrator(Exception):
    """The change would leave an installation that nobody can administer."""

    def __str__(self) -> str:
        return "This is the last active administrator. Give somebody else the administrator role first."


def _keep_an_administrator(user: User, *, leaves: bool) -> None:
    others: Any = User.objects.select_for_update().filter(role__name="admin", is_active=True).exclude(pk=user.pk)
    if leaves and user.role.name == "admin" and not others.exists():
        raise LastAdministrator
