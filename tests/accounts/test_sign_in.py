"""Signing in and out, and what is kept of it."""

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.choices import AuditVerb
from accounts.models import AuditEntry, User
from tests.conftest import PASSWORD

Page = Callable[[User], Client]


def test_signing_in_opens_a_session_and_is_audited(viewer: User) -> None:
    browser = Client()

    answer = browser.post("/sign-in/", {"username": viewer.email.upper(), "password": PASSWORD})

    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert browser.session["_auth_user_id"] == str(viewer.pk)
    entry = AuditEntry.objects.get(verb=AuditVerb.SIGNED_IN)
    assert (entry.actor, entry.target_id) == (viewer, str(viewer.pk))


def test_signing_in_leads_back_to_the_page_that_was_asked_for(viewer: User) -> None:
    answer = Client().post("/sign-in/?next=/cameras/%3Fq%3Dgate", {"username": viewer.email, "password": PASSWORD})

    assert answer["Location"] == "/cameras/?q=gate"


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_signing_in_never_leads_to_another_site(viewer: User, elsewhere: str) -> None:
    answer = Client().post(f"/sign-in/?next={elsewhere}", {"username": viewer.email, "password": PASSWORD})

    assert answer["Location"] == "/"


def test_the_session_id_changes_when_somebody_signs_in(viewer: User) -> None:
    browser = Client()
    browser.session.save()
    session = browser.session
    session["planted"] = True
    session.save()
    browser.cookies["sessionid"] = session.session_key or ""

    browser.post("/sign-in/", {"username": viewer.email, "password": PASSWORD})

    assert browser.session.session_key != session.session_key


def refusal_of(email: str, password: str) -> tuple[int, str]:
    answer = Client().post("/sign-in/", {"username": email, "password": password})
    words = [str(error) for error in answer.context["form"].non_field_errors()]
    return answer.status_code, " ".join(words)


def test_wrong_password_unknown_address_and_disabled_account_look_the_same(viewer: User, outsider: User) -> None:
    User.objects.filter(pk=outsider.pk).update(is_active=False)

    refusals = {
        refusal_of(viewer.email, "wrong"),
        refusal_of("nobody@vms.example", PASSWORD),
        refusal_of(outsider.email, PASSWORD),
    }

    assert len(refusals) == 1
    assert refusals.pop()[0] == 422


def test_a_failed_attempt_keeps_the_address_and_never_the_password(viewer: User) -> None:
    refusal_of(viewer.email, "my other password")

    entry = AuditEntry.objects.get(verb=AuditVerb.SIGN_IN_FAILED)
    assert entry.data == {"email": viewer.email}
    assert (entry.actor, entry.target_id) == (None, "")


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["", "\x00@vms.example", "x" * 5000, "ünï@vms.example", "' OR 1=1 --"])
def test_a_garbage_address_is_refused_and_counted(address: str) -> None:
    answer = Client().post("/sign-in/", {"username": address, "password": "x"})

    assert answer.status_code == 422
    assert AuditEntry.objects.filter(verb=AuditVerb.SIGN_IN_FAILED).count() == 1


def test_somebody_who_is_signed_in_is_not_asked_again(viewer: User, page_of: Page) -> None:
    answer = page_of(viewer).get("/sign-in/")

    assert (answer.status_code, answer["Location"]) == (302, "/")


def test_signing_out_closes_the_session_and_is_audited(viewer: User, page_of: Page) -> None:
    browser = page_of(viewer)

    answer = browser.post("/sign-out/")

    assert (answer.status_code, answer["Location"]) == (302, "/sign-in/")
    assert "_auth_user_id" not in browser.session
    assert AuditEntry.objects.get(verb=AuditVerb.SIGNED_OUT).actor == viewer


def test_a_link_cannot_sign_anybody_out(viewer: User, page_of: Page) -> None:
    browser = page_of(viewer)

    assert browser.get("/sign-out/").status_code == 405
    assert "_auth_user_id" in browser.session


def test_another_site_cannot_post_the_sign_in_form(viewer: User) -> None:
    browser = Client(enforce_csrf_checks=True)

    answer = browser.post("/sign-in/", {"username": viewer.email, "password": PASSWORD})

    assert answer.status_code == 403
    assert "_auth_user_id" not in browser.session


@pytest.mark.django_db
def test_the_admin_site_asks_strangers_at_the_portals_door() -> None:
    answer = Client().get("/admin/", follow=True)

    assert answer.redirect_chain[-1][0] == "/sign-in/?next=/admin/"


def test_the_admin_site_refuses_other_people_instead_of_sending_them_in_circles(viewer: User, page_of: Page) -> None:
    answer = page_of(viewer).get("/admin/", follow=True)

    assert answer.status_code == 403


def test_the_admin_site_opens_for_administrators(admin: User, page_of: Page) -> None:
    assert page_of(admin).get("/admin/").status_code == 200


def test_signing_out_of_the_admin_site_is_signing_out_of_the_portal(admin: User, page_of: Page) -> None:
    browser = page_of(admin)

    answer = browser.post("/admin/logout/")

    assert answer["Location"] == "/sign-in/"
    assert "_auth_user_id" not in browser.session
    assert AuditEntry.objects.get(verb=AuditVerb.SIGNED_OUT).actor == admin
