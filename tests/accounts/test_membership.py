"""People come, change their role, and go; an installation never loses its last administrator."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import close_old_connections, connection, transaction
from django.test import Client

from accounts import membership, refresh_families
from accounts.audit import SYSTEM
from accounts.choices import AuditVerb
from accounts.membership import LastAdministrator
from accounts.models import AuditEntry, Role, User
from accounts.refusals import HolderDisabled, RevokedCredential
from accounts.signals import access_changed
from tests.accounts.people_at_the_door import is_in, signed_in
from tests.elevating import elevated

Page = Callable[[User], Client]


@pytest.fixture
def told() -> Any:
    """The ids of people of whom the floors above were told, in order."""
    user_ids: list[int] = []

    def remember(user_ids: list[int], _seen: list[int] = user_ids, **kwargs: Any) -> None:
        _seen.extend(user_ids)

    access_changed.connect(remember)
    yield user_ids
    access_changed.disconnect(remember)


def add(email: str, password: str | None = "a long enough password 42", role: str = "viewer") -> User:
    return membership.add_member(
        email=email, name="Somebody", role=Role.objects.get(name=role), password=password, actor=SYSTEM
    )


@pytest.mark.django_db
def test_a_new_member_can_sign_in_whatever_the_capitals_of_the_address() -> None:
    add("Gate.Keeper@VMS.example")

    facts = {"username": "gate.KEEPER@vms.example", "password": "a long enough password 42"}
    assert Client().post("/sign-in/", facts).status_code == 302
    assert User.objects.get().email == "gate.keeper@vms.example"


@pytest.mark.django_db
def test_an_address_is_taken_whatever_its_capitals() -> None:
    add("one@vms.example")

    with pytest.raises(ValidationError) as refusal:
        add("ONE@vms.example")
    assert "email" in refusal.value.message_dict


@pytest.mark.django_db
def test_the_admin_site_does_not_make_a_second_account_with_other_capitals(admin: User, page_of: Page) -> None:
    add("one@vms.example")
    role = Role.objects.get(name="viewer")
    facts = {"email": "ONE@vms.example", "name": "Twin", "role": role.pk, "usable_password": "true"}
    facts |= {"password1": "a long enough password 42", "password2": "a long enough password 42"}

    answer = elevated(page_of(admin), admin).post("/admin/accounts/user/add/", facts)

    assert answer.status_code == 200
    assert User.objects.filter(email__iexact="one@vms.example").count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("password", ["short", "somebody@vms.example", "password123"])
def test_a_weak_password_is_refused_and_makes_no_account(password: str) -> None:
    with pytest.raises(ValidationError):
        add("somebody@vms.example", password)
    assert not User.objects.exists()


@pytest.mark.django_db
def test_a_service_account_without_a_password_cannot_sign_in_by_one() -> None:
    user = add("program@vms.example", None, "api_only")

    assert not user.has_usable_password()
    assert not Client().login(username="program@vms.example", password="")


def test_a_disabled_member_is_signed_out_everywhere(operator: User, admin: User, page_of: Page) -> None:
    browser = page_of(operator)
    assert browser.get("/api/v1/cameras/").status_code == 200

    membership.disable_member(operator, actor=admin)

    assert browser.get("/api/v1/cameras/").status_code == 401
    entry = AuditEntry.objects.get(verb=AuditVerb.MEMBER_DISABLED)
    assert (entry.actor, entry.target_label) == (admin, operator.email)


def test_who_is_enabled_again_signs_in_again(operator: User, admin: User) -> None:
    """An account is disabled because a thief is in it, too."""
    browser, came_from = signed_in(operator), {"address": None, "user_agent": "app"}
    pair = refresh_families.begin(actor=operator, **came_from)

    membership.disable_member(operator, actor=admin)
    with pytest.raises(HolderDisabled):
        refresh_families.holder_of(pair.access)
    membership.enable_member(operator, actor=admin)

    assert browser.get("/api/v1/cameras/").status_code == 401
    with pytest.raises(RevokedCredential):
        refresh_families.holder_of(pair.access)
    with pytest.raises(RevokedCredential):
        refresh_families.refresh(pair.refresh, **came_from)
    assert is_in(signed_in(operator))


def test_the_last_administrator_cannot_be_disabled(admin: User) -> None:
    with pytest.raises(LastAdministrator, match="last active administrator"):
        membership.disable_member(admin, actor=admin)
    admin.refresh_from_db()
    assert admin.is_active


def test_the_last_administrator_cannot_become_something_else(admin: User) -> None:
    with pytest.raises(LastAdministrator):
        membership.give_role(admin, Role.objects.get(name="viewer"), actor=admin)
    admin.refresh_from_db()
    assert admin.role.name == "admin"


def test_a_disabled_administrator_does_not_count_as_another(admin: User, make_user: Callable[..., User]) -> None:
    second = make_user("admin", "second@vms.example")
    membership.disable_member(second, actor=admin)

    with pytest.raises(LastAdministrator):
        membership.disable_member(admin, actor=admin)


def test_an_administrator_may_go_when_another_stays(admin: User, make_user: Callable[..., User]) -> None:
    second = make_user("admin", "second@vms.example")

    membership.disable_member(admin, actor=second)

    admin.refresh_from_db()
    assert not admin.is_active


def test_a_new_role_is_audited_with_the_old_one(admin: User, operator: User) -> None:
    membership.give_role(operator, Role.objects.get(name="viewer"), actor=admin)

    assert AuditEntry.objects.get(verb=AuditVerb.ROLE_GIVEN).data == {"before": "operator", "after": "viewer"}
    assert not User.objects.get(pk=operator.pk).has_scope("cameras:write")


def test_the_floors_above_hear_of_lost_access_after_the_commit(
    admin: User, operator: User, viewer: User, told: list[int], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        membership.give_role(operator, Role.objects.get(name="viewer"), actor=admin)
        membership.disable_member(viewer, actor=admin)
        assert told == []
    assert told == [operator.pk, viewer.pk]


def test_the_admin_site_keeps_the_last_administrator(admin: User, page_of: Page) -> None:
    facts = {"email": admin.email, "name": admin.name, "role": Role.objects.get(name="viewer").pk, "is_active": "on"}

    answer = elevated(page_of(admin), admin).post(f"/admin/accounts/user/{admin.pk}/change/", facts)

    assert "last active administrator" in answer.content.decode()
    admin.refresh_from_db()
    assert admin.role.name == "admin"


def test_a_change_in_the_admin_site_is_audited_and_told(
    admin: User, operator: User, page_of: Page, told: list[int], django_capture_on_commit_callbacks: Any
) -> None:
    facts = {"email": operator.email, "name": operator.name, "role": operator.role_id}

    with django_capture_on_commit_callbacks(execute=True):
        answer = elevated(page_of(admin), admin).post(f"/admin/accounts/user/{operator.pk}/change/", facts)

    assert answer.status_code == 302
    assert not User.objects.get(pk=operator.pk).is_active
    assert told == [operator.pk]
    entry = AuditEntry.objects.get(verb=AuditVerb.MEMBER_DISABLED)
    assert (entry.actor, entry.door, entry.target_label) == (admin, "admin", operator.email)


@pytest.mark.parametrize("scopes", ['"cameras:read"', '["cameras:everything"]', "{}"])
def test_a_role_of_scopes_that_do_not_exist_is_refused(admin: User, page_of: Page, scopes: str) -> None:
    answer = page_of(admin).post("/admin/accounts/role/add/", {"name": "guard", "label": "Guard", "scopes": scopes})

    assert answer.status_code == 200
    assert not Role.objects.filter(name="guard").exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_administrators_who_disable_each_other_at_once_one_stays(make_user: Callable[..., User]) -> None:
    if connection.vendor == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    pair = [make_user("admin", "first@vms.example"), make_user("admin", "second@vms.example")]
    together = Barrier(2)

    def disable(user: User) -> str:
        close_old_connections()
        try:
            with transaction.atomic():
                together.wait()
                membership.disable_member(user, actor=SYSTEM)
        except LastAdministrator:
            return "refused"
        finally:
            connection.close()
        return "disabled"

    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(pool.map(disable, pair))

    assert outcomes == ["disabled", "refused"]
    assert User.objects.filter(is_active=True).count() == 1
