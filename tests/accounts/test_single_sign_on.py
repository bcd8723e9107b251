"""Single sign-on against a real provider: who comes in, and as what."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts import membership
from accounts.audit import SYSTEM
from accounts.choices import AuditVerb, SignInMethod, SignInOutcome
from accounts.models import AuditEntry, Identity, Role, SignInAttempt, User
from tests.accounts.authenticator import code_of
from tests.accounts.identity_provider import Provider, asked, know, path_of, refused, sign_in
from tests.accounts.people_at_the_door import SECRET, enrol, is_in, signed_in
from tests.conftest import PASSWORD

# The provider's own libraries warn; warnings of its thread are everybody's.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def test_whom_the_provider_lets_in_comes_in_and_back_to_the_page(provider: Provider, viewer: User) -> None:
    know(provider, viewer)
    browser = Client()

    back = provider.let_in(asked(browser, "/cameras/?q=gate"), "u1")
    answer = browser.get(path_of(back))

    assert (answer.status_code, answer["Location"]) == (302, "/cameras/?q=gate")
    assert browser.session["_auth_user_id"] == str(viewer.pk)
    attempt = SignInAttempt.objects.get()
    assert (attempt.user, attempt.method, attempt.outcome) == (viewer, SignInMethod.ELSEWHERE, SignInOutcome.SIGNED_IN)
    assert AuditEntry.objects.get(verb=AuditVerb.IDENTITY_LINKED).data["subject"] == "u1"
    assert AuditEntry.objects.get(verb=AuditVerb.SIGNED_IN).actor == viewer


@pytest.mark.parametrize("claims", [{"email_verified": False}, {"email_verified": None}, {"email": ""}])
def test_an_address_that_is_not_verified_is_refused(provider: Provider, viewer: User, claims: dict[str, Any]) -> None:
    know(provider, viewer, **claims)

    browser, answer = sign_in(provider, "u1")

    refused(answer, browser, 403)
    assert SignInAttempt.objects.get().outcome == SignInOutcome.NOT_ALLOWED
    assert not Identity.objects.exists()


def test_a_provider_that_verifies_all_addresses_need_not_say_so(
    provider: Provider, viewer: User, settings: Any
) -> None:
    settings.OIDC_EMAILS_ARE_VERIFIED = True
    provider.knows("u5", email=viewer.email, groups=["vms-guards"])

    browser, _ = sign_in(provider, "u5")

    assert is_in(browser)


@pytest.mark.parametrize(
    ("change", "outcome"),
    [({"is_active": False}, SignInOutcome.DISABLED), ({"is_service": True}, SignInOutcome.NOT_ALLOWED)],
)
def test_whoever_may_not_come_in_does_not_by_single_sign_on(
    provider: Provider, viewer: User, change: dict[str, bool], outcome: str
) -> None:
    know(provider, viewer, groups=["vms-admins"])
    User.objects.filter(pk=viewer.pk).update(**change)

    browser, answer = sign_in(provider, "u1")

    refused(answer, browser, 403)
    assert SignInAttempt.objects.get().outcome == outcome
    viewer.refresh_from_db()
    assert viewer.role.name == "viewer", "nor is anything given to them"


def test_the_role_follows_the_groups_at_each_sign_in(provider: Provider, viewer: User, admin: User) -> None:
    for groups, role in ((["x", "vms-admins"], "admin"), (["vms-guards"], "viewer"), ("vms-admins", "admin")):
        know(provider, viewer, groups=groups)

        browser, answer = sign_in(provider, "u1")

        assert is_in(browser), answer.content
        viewer.refresh_from_db()
        assert viewer.role.name == role
    assert AuditEntry.objects.filter(verb=AuditVerb.ROLE_GIVEN, target_id=viewer.pk).count() == 3


def test_the_last_administrator_stays_one(provider: Provider, admin: User) -> None:
    know(provider, admin, groups=["vms-guards"])

    browser, _ = sign_in(provider, "u1")

    assert is_in(browser)
    admin.refresh_from_db()
    assert admin.role.name == "admin"


def test_groups_that_open_nothing_let_nobody_in_unless_there_is_a_usual_role(
    provider: Provider, viewer: User, settings: Any
) -> None:
    know(provider, viewer, groups=["kitchen"])
    browser, answer = sign_in(provider, "u1")
    refused(answer, browser, 403)

    settings.OIDC_USUAL_ROLE = "operator"
    browser, _ = sign_in(provider, "u1")

    assert is_in(browser)
    viewer.refresh_from_db()
    assert viewer.role.name == "operator"


def test_without_a_mapping_roles_are_left_alone(provider: Provider, viewer: User, settings: Any) -> None:
    settings.OIDC_ROLES = {}
    know(provider, viewer, groups=["vms-admins"])

    browser, _ = sign_in(provider, "u1")

    assert is_in(browser)
    viewer.refresh_from_db()
    assert viewer.role.name == "viewer"


def test_without_a_mapping_a_usual_role_is_for_new_accounts(
    provider: Provider, viewer: User, operator: User, settings: Any
) -> None:
    """Roles that administrators give here are not taken back at the next sign-in."""
    settings.OIDC_ROLES, settings.OIDC_USUAL_ROLE, settings.OIDC_NEW_ACCOUNTS = {}, "operator", True
    know(provider, viewer)
    provider.knows("new", email="new@vms.example", email_verified=True)

    assert is_in(sign_in(provider, "u1")[0])
    assert is_in(sign_in(provider, "new")[0])

    viewer.refresh_from_db()
    assert viewer.role.name == "viewer"
    assert User.objects.get(email="new@vms.example").role.name == "operator"


def test_an_address_that_was_given_to_somebody_else_there_does_not_open_the_account_of_before(
    provider: Provider, viewer: User, admin: User, page_of: Callable[[User], Client]
) -> None:
    """Addresses are given away again; subjects never are (OpenID Connect Core section 5.7)."""
    know(provider, viewer)
    assert is_in(sign_in(provider, "u1")[0])
    know(provider, viewer, "u2")

    browser, answer = sign_in(provider, "u2")

    refused(answer, browser, 403)
    assert [one.subject for one in Identity.objects.all()] == ["u1"]

    facts = {"action": "unlink", "_selected_action": [Identity.objects.get().pk]}
    page_of(admin).post("/admin/accounts/identity/", facts)
    assert is_in(sign_in(provider, "u2")[0])
    entry = AuditEntry.objects.get(verb=AuditVerb.IDENTITY_UNLINKED)
    assert (entry.actor, entry.target_label, entry.data["subject"]) == (admin, viewer.email, "u1")


def test_groups_may_lie_deeper(provider: Provider, viewer: User, settings: Any) -> None:
    settings.OIDC_GROUP_CLAIM = "realm_access.roles"
    know(provider, viewer, groups=[], realm_access={"roles": ["vms-admins"]})

    sign_in(provider, "u1")

    viewer.refresh_from_db()
    assert viewer.role.name == "admin"


def test_accounts_are_made_only_where_the_settings_say_so(provider: Provider, db: None, settings: Any) -> None:
    provider.knows("new", email="New@vms.example", email_verified=True, name="Nora", groups=["vms-guards"])
    browser, answer = sign_in(provider, "new")
    refused(answer, browser, 403)
    assert not User.objects.exists()

    settings.OIDC_NEW_ACCOUNTS = True
    browser, _ = sign_in(provider, "new")

    user = User.objects.get()
    assert is_in(browser)
    assert (user.email, user.name, user.role.name, user.has_usable_password()) == (
        "new@vms.example",
        "Nora",
        "viewer",
        False,
    )
    assert AuditEntry.objects.get(verb=AuditVerb.MEMBER_ADDED).actor is None


def test_an_identity_stays_with_its_account_when_the_address_changes_there(
    provider: Provider, viewer: User, operator: User
) -> None:
    know(provider, viewer)
    sign_in(provider, "u1")
    know(provider, operator)

    browser, _ = sign_in(provider, "u1")

    assert browser.session["_auth_user_id"] == str(viewer.pk)
    assert Identity.objects.count() == 1


def test_a_second_factor_is_still_asked_for(provider: Provider, viewer: User) -> None:
    enrol(viewer)
    know(provider, viewer)

    browser, answer = sign_in(provider, "u1")

    assert answer["Location"] == "/sign-in/second-factor/"
    assert not is_in(browser)
    browser.post("/sign-in/second-factor/", {"code": code_of(SECRET)})
    assert is_in(browser)


def test_only_single_sign_on_opens_where_the_settings_say_so(provider: Provider, viewer: User, settings: Any) -> None:
    settings.OIDC_ONLY = True
    page = Client().get("/sign-in/").content.decode()
    assert "Sign in with Acme" in page
    assert "Password" not in page

    answer = Client().post("/sign-in/", {"username": viewer.email, "password": PASSWORD})
    assert answer.status_code == 422
    assert Client().post("/sign-in/passkey/").status_code == 404
    assert Client().get("/forgotten-password/").status_code == 404
    know(provider, viewer)
    browser, _ = sign_in(provider, "u1")
    assert is_in(browser)


@pytest.mark.django_db
def test_without_a_provider_there_is_no_such_door() -> None:
    assert "Sign in with" not in Client().get("/sign-in/").content.decode().replace("Sign in with a passkey", "")
    assert Client().get("/sign-in/elsewhere/").status_code == 404
    assert Client().get("/sign-in/elsewhere/answer/?code=x&state=y").status_code == 404


def test_an_address_that_cannot_be_an_account_makes_none(provider: Provider, db: None, settings: Any) -> None:
    settings.OIDC_NEW_ACCOUNTS = True
    provider.knows("odd", email="no address", email_verified=True, groups=["vms-guards"])

    browser, answer = sign_in(provider, "odd")

    refused(answer, browser, 403)
    assert not User.objects.exists()


def test_an_account_of_the_house_is_never_made_twice(provider: Provider, db: None, settings: Any) -> None:
    settings.OIDC_NEW_ACCOUNTS = True
    role = Role.objects.get(name="viewer")
    membership.add_member(email="guard@vms.example", name="G", role=role, password=PASSWORD, actor=SYSTEM)
    provider.knows("g", email="GUARD@vms.example", email_verified=True, groups=["vms-guards"])

    sign_in(provider, "g")

    assert User.objects.count() == 1


def test_after_signing_out_people_are_told_that_the_provider_still_knows_them(provider: Provider, viewer: User) -> None:
    know(provider, viewer)
    browser, _ = sign_in(provider, "u1")

    page = browser.post("/sign-out/", follow=True).content.decode()

    assert not is_in(browser)
    assert "still signed in with" in page
    assert f'href="{provider.url}/oauth2/end_session?client_id=' in page


def test_who_came_by_password_is_told_nothing_of_a_provider(provider: Provider, viewer: User) -> None:
    page = signed_in(viewer).post("/sign-out/", follow=True).content.decode()

    assert "still signed in with" not in page


def test_signing_out_needs_no_provider(provider: Provider, viewer: User, settings: Any) -> None:
    know(provider, viewer)
    browser, _ = sign_in(provider, "u1")
    settings.OIDC_DISCOVERY_URL = "http://127.0.0.1:9"

    answer = browser.post("/sign-out/", follow=True)

    assert answer.status_code == 200
    assert "still signed in with" in answer.content.decode()
    assert "/end_session" not in answer.content.decode()
