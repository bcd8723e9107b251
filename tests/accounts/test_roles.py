"""Roles that people make, and those that come with the product."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from accounts import membership, roles
from accounts.audit import SYSTEM
from accounts.choices import AuditVerb
from accounts.models import AuditEntry, Role, User
from accounts.scopes import Scope
from accounts.signals import access_changed


@pytest.fixture
def guard_role(db: None) -> Role:
    return roles.add_role(
        name="guard", label="Guard", scopes=["live:watch", "cameras:read", "live:watch"], actor=SYSTEM
    )


def test_a_role_has_each_scope_once(guard_role: Role) -> None:
    guard_role.refresh_from_db()
    assert guard_role.scopes == ["cameras:read", "live:watch"]


@pytest.mark.django_db
@pytest.mark.parametrize("scopes", [["cameras:everything"], "cameras:read", [7]])
def test_a_role_of_scopes_that_do_not_exist_is_refused(scopes: Any) -> None:
    with pytest.raises(ValidationError):
        roles.add_role(name="guard", label="Guard", scopes=scopes, actor=SYSTEM)


def test_who_has_an_edited_role_may_do_at_once_what_it_says_now(
    guard_role: Role, make_user: Callable[..., User], django_capture_on_commit_callbacks: Any
) -> None:
    guard, told = make_user("guard"), []
    access_changed.connect(remember := lambda user_ids, **kwargs: told.extend(user_ids))
    with django_capture_on_commit_callbacks(execute=True):
        roles.edit_role(guard_role, scopes=["cameras:read", "recordings:read"], actor=SYSTEM)
    access_changed.disconnect(remember)

    again = User.objects.get(pk=guard.pk)
    assert again.has_scope(Scope.RECORDINGS_READ)
    assert not again.has_scope(Scope.LIVE_WATCH)
    assert told == [guard.pk]
    assert AuditEntry.objects.get(verb=AuditVerb.ROLE_EDITED).data["after"] == {
        "scopes": ["cameras:read", "recordings:read"]
    }


def test_a_built_in_role_keeps_its_scopes_and_may_ask_for_a_second_factor(db: None) -> None:
    admin_role = Role.objects.get(name="admin")
    for facts in ({"scopes": ["cameras:read"]}, {"label": "Boss"}):
        with pytest.raises(roles.RoleIsBuiltin):
            roles.edit_role(admin_role, actor=SYSTEM, **facts)
    roles.edit_role(admin_role, requires_second_factor=True, actor=SYSTEM)

    membership.keep_builtin_roles("default")
    admin_role.refresh_from_db()
    assert admin_role.requires_second_factor
    assert set(admin_role.scopes) == set(Scope)
    with pytest.raises(roles.RoleIsBuiltin):
        roles.remove_role(admin_role, actor=SYSTEM)


def test_a_role_goes_when_nobody_has_it_any_more(guard_role: Role, make_user: Callable[..., User]) -> None:
    guard = make_user("guard")
    with pytest.raises(roles.RoleIsInUse):
        roles.remove_role(guard_role, actor=SYSTEM)

    membership.give_role(guard, Role.objects.get(name="viewer"), actor=SYSTEM)
    roles.remove_role(guard_role, actor=SYSTEM)
    assert not Role.objects.filter(name="guard").exists()
    assert AuditEntry.objects.filter(verb=AuditVerb.ROLE_REMOVED, target_label="Guard").exists()
