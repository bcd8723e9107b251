"""Roles: bundles of scopes that come with the product, and bundles that people make."""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts import audit, delegation
from accounts.audit import Actor
from accounts.choices import AuditVerb
from accounts.delegation import ChangeRefused
from accounts.models import Role
from accounts.signals import announce_access

EDITABLE_FIELDS = frozenset({"label", "scopes", "requires_second_factor"})


class RoleIsBuiltin(ChangeRefused):
    """The product gives built-in roles their name and scopes. Without it nobody could say what an operator is."""

    def __str__(self) -> str:
        return "This role comes with the product. Make a role of your own to bundle other scopes."


class RoleIsInUse(ChangeRefused):
    """Somebody has the role."""

    def __str__(self) -> str:
        return "Somebody has this role. Give them another one first."


@transaction.atomic
def add_role(
    *, name: str, label: str, scopes: Iterable[str], requires_second_factor: bool = False, actor: Actor
) -> Role:
    """Make a role. `name` is what programs call it and stays. Raises ValidationError, MoreThanYouHold."""
    role = Role(name=name, label=label, scopes=_sorted(scopes), requires_second_factor=requires_second_factor)
    role.full_clean()
    delegation.check_holds(actor, role.scopes)
    role.save()
    audit.record(actor=actor, verb=AuditVerb.ROLE_ADDED, target=role, scopes=role.scopes)
    return role


@transaction.atomic
def edit_role(role: Role, *, actor: Actor, **facts: Any) -> Role:
    """Change label, scopes or requires_second_factor; of a built-in role, the last only.

    Everybody who has the role is checked again. Raises ValidationError, RoleIsBuiltin, MoreThanYouHold.
    """
    role = Role.objects.select_for_update(no_key=True).get(pk=role.pk)
    changed = _changed(role, facts)
    if role.builtin and changed.keys() - {"requires_second_factor"}:
        raise RoleIsBuiltin
    delegation.check_holds(actor, role.scopes)
    before = {name: getattr(role, name) for name in changed}
    for name, value in changed.items():
        setattr(role, name, value)
    role.full_clean()
    delegation.check_holds(actor, role.scopes)
    if changed:
        role.save(update_fields=sorted(changed))
        audit.record(actor=actor, verb=AuditVerb.ROLE_EDITED, target=role, before=before, after=changed)
        announce_access(role.members.values_list("pk", flat=True))
    return role


@transaction.atomic
def remove_role(role: Role, *, actor: Actor) -> None:
    """Remove a role that nobody has, and what was granted to it. Raises RoleIsBuiltin, RoleIsInUse, MoreThanYouHold."""
    role = Role.objects.select_for_update(no_key=True).get(pk=role.pk)
    if role.builtin:
        raise RoleIsBuiltin
    if role.members.exists():
        raise RoleIsInUse
    delegation.check_holds(actor, role.scopes)
    audit.record(actor=actor, verb=AuditVerb.ROLE_REMOVED, target=role, scopes=role.scopes)
    role.delete()


def _changed(role: Role, facts: dict[str, Any]) -> dict[str, Any]:
    if unknown := facts.keys() - EDITABLE_FIELDS:
        raise TypeError(f"not editable: {', '.join(sorted(unknown))}")
    if "scopes" in facts:
        facts = {**facts, "scopes": _sorted(facts["scopes"])}
    return {name: value for name, value in facts.items() if getattr(role, name) != value}


def _sorted(scopes: Iterable[str]) -> list[str]:
    """Each once, in one order, as plain text. Raises ValidationError for what is no list of texts."""
    if isinstance(scopes, str) or not all(isinstance(scope, str) for scope in scopes):
        raise ValidationError({"scopes": "Write a list of scopes."}, code="scopes")
    return sorted({str(scope) for scope in scopes})
