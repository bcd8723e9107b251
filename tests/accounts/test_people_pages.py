"""The pages about people: the list, one of them, adding, changing, disabling."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts import membership, roles, user_groups
from accounts.audit import SYSTEM
from accounts.models import Role, User
from tests.elevating import elevated

Page = Callable[[User], Client]
PEOPLE = "/administration/people/"
PASSWORD = "another long password 43"


def text(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status, answer.content
    return answer.content.decode()


def test_administration_leads_to_the_first_page_that_is_open(
    page_of: Page, admin: User, viewer: User, make_user: Callable[..., User]
) -> None:
    assert page_of(admin).get("/administration/").headers["Location"] == PEOPLE
    assert page_of(viewer).get("/administration/").status_code == 403
    roles.add_role(name="auditor", label="Auditor", scopes=["audit:read"], actor=SYSTEM)
    led = page_of(make_user("auditor")).get("/administration/")
    assert led.status_code in (302, 403)
    assert led.headers.get("Location", "") != PEOPLE


def test_people_are_found(page_of: Page, admin: User, operator: User, outsider: User) -> None:
    browser = page_of(admin)
    assert "operator@vms.example" in text(browser.get(PEOPLE))
    found = text(browser.get(PEOPLE + "?q=outsider&role=viewer&state=bare"))
    assert "outsider@vms.example" in found
    assert "operator@vms.example" not in found
    assert "Nobody found" in text(browser.get(PEOPLE + "?q=nobody"))
    assert "Nobody found" in text(browser.get(PEOPLE + "?role=boss"))
    part = text(browser.get(PEOPLE + "?q=outsider", headers={"HX-Request": "true"}))
    assert part.lstrip().startswith('<div id="people-rows"')


def test_disabled_people_are_listed_when_asked_for(page_of: Page, admin: User, outsider: User) -> None:
    membership.disable_member(outsider, actor=admin)
    browser = page_of(admin)
    assert outsider.email not in text(browser.get(PEOPLE))
    assert outsider.email in text(browser.get(PEOPLE + "?state=disabled"))


@pytest.mark.parametrize("rest", ["", "add/", "1/", "1/edit/"])
def test_who_may_not_see_people_sees_none(page_of: Page, operator: User, rest: str) -> None:
    assert page_of(operator).get(PEOPLE + rest).status_code == 403


def test_nobody_at_this_number(page_of: Page, admin: User) -> None:
    for rest in ("987654/", "987654/edit/", "987654/sight/"):
        assert elevated(page_of(admin), admin).get(PEOPLE + rest).status_code == 404
    assert page_of(admin).post(PEOPLE + "987654/disable/").status_code == 404


def test_an_account_is_made_and_changed_only_by_whom_is_elevated(page_of: Page, admin: User, viewer: User) -> None:
    facts = {"name": "Nora", "email": "nora@vms.example", "role": Role.objects.get(name="admin").pk}
    before = User.objects.values_list("email", "role").order_by("pk")
    people = list(before)

    for address in (PEOPLE + "add/", f"{PEOPLE}{viewer.pk}/edit/"):
        assert page_of(admin).get(address).headers["Location"].startswith("/elevate/")
        assert page_of(admin).post(address, facts).headers["Location"].startswith("/elevate/")
    for address in ("/admin/accounts/user/add/", f"/admin/accounts/user/{viewer.pk}/change/"):
        assert page_of(admin).get(address).status_code == 200
        assert page_of(admin).post(address, facts).headers["Location"].startswith("/elevate/")
    assert list(before.all()) == people


def test_an_invited_person_chooses_a_password_by_letter_and_signs_in(
    page_of: Page, admin: User, django_capture_on_commit_callbacks: Any, settings: Any
) -> None:
    settings.EMAIL_IN_BACKGROUND = False
    facts = {"name": "Nora", "email": "nora@vms.example", "role": Role.objects.get(name="viewer").pk}
    with django_capture_on_commit_callbacks(execute=True):
        answer = elevated(page_of(admin), admin).post(PEOPLE + "add/", facts, follow=True)
    assert "A letter is on its way to nora@vms.example" in text(answer)

    (letter,) = mail.outbox
    assert letter.to == ["nora@vms.example"]
    address = next(word for word in letter.body.split() if "/forgotten-password/" in word)
    guest = Client()
    page = guest.get(address.removeprefix("http://testserver"), follow=True)
    answer = guest.post(page.request["PATH_INFO"], {"password": PASSWORD, "again": PASSWORD}, follow=True)
    assert "Sign in with it" in text(answer)
    assert guest.post("/sign-in/", {"username": "nora@vms.example", "password": PASSWORD}).status_code == 302


def test_who_has_signed_in_before_is_asked_for_another_password_and_not_told_of_a_new_account(
    page_of: Page, admin: User, viewer: User, django_capture_on_commit_callbacks: Any, settings: Any
) -> None:
    settings.EMAIL_IN_BACKGROUND = False
    User.objects.filter(pk=viewer.pk).update(last_login=timezone.now())
    with django_capture_on_commit_callbacks(execute=True):
        page_of(admin).post(f"{PEOPLE}{viewer.pk}/invite/")

    (letter,) = mail.outbox
    assert "asks you to choose a new password for viewer@vms.example" in letter.body
    assert "has made an account" not in letter.body
    assert "/forgotten-password/" in letter.body


def test_a_program_gets_an_account_and_no_letter(
    page_of: Page, admin: User, django_capture_on_commit_callbacks: Any
) -> None:
    facts = {"name": "Robot", "email": "robot@vms.example", "role": Role.objects.get(name="api_only").pk}
    with django_capture_on_commit_callbacks(execute=True):
        elevated(page_of(admin), admin).post(PEOPLE + "add/", {**facts, "is_service": "on"})
    assert User.objects.get(email="robot@vms.example").is_service
    assert mail.outbox == []


def test_what_is_wrong_is_told_at_its_field(page_of: Page, admin: User, outsider: User) -> None:
    facts = {"name": "", "email": "OUTSIDER@vms.example", "role": ""}
    page = text(elevated(page_of(admin), admin).post(PEOPLE + "add/", facts), 422)
    assert 'id="id_name_error"' in page
    taken = {"name": "N", "email": "OUTSIDER@vms.example", "role": outsider.role_id}
    assert 'id="id_email_error"' in text(elevated(page_of(admin), admin).post(PEOPLE + "add/", taken), 422)
    assert User.objects.count() == 2


def test_a_person_is_renamed_and_given_another_role(page_of: Page, admin: User, outsider: User) -> None:
    facts = {"name": "Olga", "email": outsider.email, "role": Role.objects.get(name="operator").pk}
    page = text(elevated(page_of(admin), admin).post(f"{PEOPLE}{outsider.pk}/edit/", facts, follow=True))
    assert "Olga" in page
    outsider.refresh_from_db()
    assert outsider.role.name == "operator"


def test_the_last_administrator_stays_one_on_every_page(page_of: Page, admin: User) -> None:
    browser = elevated(page_of(admin), admin)
    facts = {"name": "New name", "email": admin.email, "role": Role.objects.get(name="viewer").pk}
    assert "last active administrator" in text(browser.post(f"{PEOPLE}{admin.pk}/edit/", facts), 422)
    assert "last active administrator" in text(browser.post(f"{PEOPLE}{admin.pk}/disable/"), 409)
    admin.refresh_from_db()
    assert (admin.name, admin.role.name, admin.is_active) == ("Admin", "admin", True)


def test_a_person_is_disabled_and_enabled(page_of: Page, admin: User, outsider: User) -> None:
    browser, theirs = page_of(admin), page_of(outsider)
    text(browser.post(f"{PEOPLE}{outsider.pk}/disable/", follow=True))
    assert theirs.get("/cameras/").status_code == 302
    assert "can sign in again" in text(browser.post(f"{PEOPLE}{outsider.pk}/enable/", follow=True))
    assert theirs.get("/cameras/").status_code == 200


def test_a_clerk_does_nothing_to_an_administrator(page_of: Page, admin: User, make_user: Callable[..., User]) -> None:
    scopes = ["cameras:read", "members:read", "members:write"]
    roles.add_role(name="clerk", label="Clerk", scopes=scopes, actor=SYSTEM)
    clerk = make_user("clerk")
    browser = elevated(page_of(clerk), clerk)
    for change in ("disable", "enable", "invite", "sign-out", "forget-factors"):
        assert "beyond what you hold" in text(browser.post(f"{PEOPLE}{admin.pk}/{change}/"), 409)
    facts = {"name": "Mine", "email": "mine@vms.example", "role": admin.role_id}
    assert "beyond what you hold" in text(browser.post(f"{PEOPLE}{admin.pk}/edit/", facts), 422)
    assert "beyond what you hold" in text(browser.post(PEOPLE + "add/", facts), 422)


def test_a_person_joins_and_leaves_groups(page_of: Page, admin: User, outsider: User) -> None:
    group = user_groups.add_user_group(name="Night shift", actor=SYSTEM)
    browser = page_of(admin)
    page = text(browser.post(f"{PEOPLE}{outsider.pk}/groups/", {"group": group.pk}, follow=True))
    assert "belongs to Night shift now" in page
    assert text(browser.post(f"{PEOPLE}{outsider.pk}/groups/", {"group": "x"}), 422)
    browser.post(f"{PEOPLE}{outsider.pk}/groups/{group.pk}/leave/")
    assert not group.members.exists()


def test_who_only_reads_is_offered_no_changes(page_of: Page, make_user: Callable[..., User], outsider: User) -> None:
    roles.add_role(name="reader", label="Reader", scopes=["members:read"], actor=SYSTEM)
    browser = page_of(make_user("reader"))
    page = text(browser.get(f"{PEOPLE}{outsider.pk}/"))
    assert "Disable" not in page
    assert browser.post(f"{PEOPLE}{outsider.pk}/disable/").status_code == 403
