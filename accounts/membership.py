"""People and their roles."""

from collections.abc import Iterable
from functools import partial

from django.contrib.auth.password_validation import validate_password
from django.db import transaction

from accounts import audit
from accounts.audit import Actor
from accounts.choices import AuditVerb
from accounts.models import Role, User
from accounts.scopes import BUILTIN_ROLES
from accounts.signals import access_changed


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


def keep_builtin_roles(database: str) -> None:
    """Make the built-in roles, each with the scopes that this version gives it. Roles that people made stay as they are."""
    for name, (label, scopes) in BUILTIN_ROLES.items():
        facts = {"label": label, "scopes": sorted(scopes), "builtin": True}
        Role.objects.using(database).update_or_create(name=name, defaults=facts)


@transaction.atomic
def give_role(user: User, role: Role, *, actor: Actor) -> None:
    """Replace a person's role. Raises LastAdministrator when nobody else could administer."""
    if role.name != "admin":
        check_administrator_remains(user)
    before = user.role.name
    user.role = role
    user.save(update_fields=["role"])
    audit.record(actor=actor, verb=AuditVerb.ROLE_GIVEN, target=user, before=before, after=role.name)
    announce_access([user.pk])


@transaction.atomic
def disable_member(user: User, *, actor: Actor) -> None:
    """Close an account: sessions and playback tokens stop working. Raises LastAdministrator."""
    check_administrator_remains(user)
    user.is_active = False
    user.save(update_fields=["is_active"])
    audit.record(actor=actor, verb=AuditVerb.MEMBER_DISABLED, target=user)
    announce_access([user.pk])


class LastAdministrator(Exception):
    """The change would leave an installation that nobody can administer."""

    def __str__(self) -> str:
        return "This is the last active administrator. Give somebody else the administrator role first."


def check_administrator_remains(leaving: User) -> None:
    """Raise LastAdministrator when nobody could administer without this person. Call inside the transaction.

    The role's row is locked, so that two administrators who disable each other take turns.
    """
    admin = Role.objects.select_for_update().get(name="admin")
    active = admin.members.filter(is_active=True)
    if active.filter(pk=leaving.pk).exists() and not active.exclude(pk=leaving.pk).exists():
        raise LastAdministrator


def announce_access(user_ids: Iterable[int]) -> None:
    """Tell the floors above, on commit, that these people may see or do something else now."""
    tell = partial(access_changed.send_robust, sender=User, user_ids=list(user_ids))
    transaction.on_commit(tell, robust=True)
