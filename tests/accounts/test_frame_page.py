"""What every page has around it: navigation, tokens, errors in plain words."""

from collections.abc import Callable

import pytest
from django.test import Client, override_settings

from accounts import roles
from accounts.audit import SYSTEM
from accounts.models import User
from cameras.models import Camera

Page = Callable[[User], Client]


def test_the_root_leads_to_the_cameras(viewer: User, page_of: Page) -> None:
    assert page_of(viewer).get("/")["Location"] == "/cameras/"
    assert Client().get("/")["Location"] == "/cameras/"


@pytest.mark.parametrize(
    ("scope", "begins_at"),
    [("audit:read", "/administration/audit/"), ("webhooks:write", "/administration/webhooks/"), ("nodes:read", None)],
)
def test_whose_role_shows_no_cameras_begins_where_something_is_open(
    make_user: Callable[..., User], page_of: Page, scope: str, begins_at: str | None
) -> None:
    roles.add_role(name="own", label="One's own", scopes=[scope], actor=SYSTEM)
    browser = page_of(make_user("own"))

    assert browser.get("/")["Location"] == (begins_at or "/account/")
    page = browser.get("/", follow=True)
    assert page.status_code == 200
    assert ('href="/administration/"' in page.content.decode()) == bool(begins_at)


def test_navigation_offers_only_what_the_person_may_open(
    viewer: User, operator: User, admin: User, page_of: Page
) -> None:
    seen = {user.role.name: page_of(user).get("/cameras/").content.decode() for user in (viewer, operator, admin)}

    assert [role for role in seen if 'href="/nodes/"' in seen[role]] == ["operator", "admin"]
    assert [role for role in seen if 'href="/sites/"' in seen[role]] == ["operator", "admin"]
    assert [role for role in seen if 'href="/admin/"' in seen[role]] == ["admin"]


def test_only_people_who_are_signed_in_get_a_token_for_scripts(viewer: User, page_of: Page) -> None:
    assert b'name="csrf-token"' in page_of(viewer).get("/cameras/").content
    assert b'name="csrf-token"' not in Client().get("/sign-in/").content


def test_pages_work_under_a_policy_without_inline_scripts_and_styles(
    viewer: User, camera: Camera, page_of: Page
) -> None:
    answer = page_of(viewer).get(camera.get_absolute_url())
    page = answer.content.decode()

    assert "script-src 'self'" in answer["Content-Security-Policy"]
    assert "<script>" not in page
    assert "style=" not in page
    assert " onclick=" not in page


def test_signing_out_is_a_form_that_is_posted(viewer: User, page_of: Page) -> None:
    browser = page_of(viewer)
    assert b'<form method="post" action="/sign-out/">' in browser.get("/cameras/").content
    assert browser.get("/sign-out/").status_code == 405

    browser.post("/sign-out/")

    assert browser.get("/cameras/").status_code == 302


def test_an_unknown_page_says_so_in_plain_words(viewer: User, page_of: Page) -> None:
    answer = page_of(viewer).get("/no-such-page/")

    assert answer.status_code == 404
    assert b"There is no such page" in answer.content


def test_a_page_that_the_role_does_not_allow_says_whom_to_ask(viewer: User, page_of: Page) -> None:
    answer = page_of(viewer).get("/nodes/")

    assert answer.status_code == 403
    assert b"Ask an administrator" in answer.content


def test_a_form_that_is_too_old_says_what_to_do(viewer: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(viewer)

    answer = browser.post("/sign-out/")

    assert answer.status_code == 403
    assert b"reload the page" in answer.content


@override_settings(ROOT_URLCONF="tests.accounts.broken_urls")
def test_an_error_of_the_server_is_told_without_details(db: None) -> None:
    browser = Client(raise_request_exception=False)

    answer = browser.get("/broken/")

    assert answer.status_code == 500
    assert b"Something went wrong" in answer.content
    assert b"the secret detail" not in answer.content


@pytest.mark.parametrize("on", ["/cameras/?q=gate", "/cameras/"])
def test_a_fragment_whose_session_has_ended_takes_the_whole_page_to_sign_in(db: None, on: str) -> None:
    answer = Client().get("/cameras/", headers={"HX-Request": "true", "HX-Current-URL": f"http://testserver{on}"})

    assert answer.status_code == 401
    assert answer["HX-Redirect"].startswith("/sign-in/?next=/cameras/")
    assert b"<form" not in answer.content
