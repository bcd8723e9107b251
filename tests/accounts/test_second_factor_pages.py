"""The second factor at the door, and roles that require one."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from channels.db import database_sync_to_async
from django.test import Client

from accounts import enrolling
from accounts.choices import AuditVerb, SignInOutcome
from accounts.models import AuditEntry, SignInAttempt, User
from accounts.websocket_auth import authenticated
from tests.accounts.authenticator import code_of
from tests.accounts.people_at_the_door import NOON, SECRET, enrol, is_in, require_factor, signed_in
from tests.conftest import PASSWORD

Problem = Callable[..., dict[str, Any]]


def test_a_password_alone_opens_nothing_where_a_second_factor_is_enrolled(viewer: User) -> None:
    enrol(viewer)

    browser = signed_in(viewer)

    assert not is_in(browser)
    assert browser.get("/cameras/")["Location"].startswith("/sign-in/")
    assert browser.get("/api/v1/cameras/").status_code == 401
    assert SignInAttempt.objects.get().outcome == SignInOutcome.FACTOR_WANTED
    assert not AuditEntry.objects.filter(verb=AuditVerb.SIGNED_IN).exists()


def test_the_code_opens_and_leads_to_the_page_that_was_asked_for(viewer: User) -> None:
    enrol(viewer)
    browser = Client()
    answer = browser.post("/sign-in/?next=/cameras/%3Fq%3Dgate", {"username": viewer.email, "password": PASSWORD})
    assert answer["Location"] == "/sign-in/second-factor/"

    answer = browser.post("/sign-in/second-factor/", {"code": code_of(SECRET)})

    assert answer["Location"] == "/cameras/?q=gate"
    assert is_in(browser)
    assert [attempt.method for attempt in SignInAttempt.objects.order_by("pk")] == ["password", "code"]
    assert AuditEntry.objects.get(verb=AuditVerb.SIGNED_IN).actor == viewer


def test_a_recovery_code_stands_in_once(viewer: User) -> None:
    codes = enrol(viewer)

    first, second = signed_in(viewer), signed_in(viewer)
    first.post("/sign-in/second-factor/", {"code": codes[0]})
    answer = second.post("/sign-in/second-factor/", {"code": codes[0]})

    assert is_in(first)
    assert not is_in(second)
    assert answer.status_code == 422
    assert "was used already" in answer.content.decode()


def test_a_wrong_code_is_told_and_too_many_lock_out(viewer: User, settings: Any) -> None:
    settings.SIGN_IN_FAILURES_PER_EMAIL = 3
    enrol(viewer)
    browser = signed_in(viewer)

    statuses = [browser.post("/sign-in/second-factor/", {"code": f"00000{number}"}).status_code for number in range(3)]
    answer = browser.post("/sign-in/second-factor/", {"code": code_of(SECRET)})

    assert (statuses, answer.status_code) == ([422] * 3, 429)
    assert int(answer["Retry-After"]) > 800
    assert not is_in(browser)


def test_the_second_step_is_shut_to_whoever_has_not_taken_the_first(viewer: User) -> None:
    enrol(viewer)

    answer = Client().post("/sign-in/second-factor/", {"code": code_of(SECRET)})

    assert (answer.status_code, answer["Location"]) == (302, "/sign-in/")


def test_the_second_step_is_open_for_a_quarter_of_an_hour(viewer: User) -> None:
    with time_machine.travel(NOON - timedelta(hours=1), tick=False):
        enrolling.add_app(viewer, secret=SECRET, code=code_of(SECRET), actor=viewer)
    with time_machine.travel(NOON, tick=False) as clock:
        browser = signed_in(viewer)
        clock.shift(timedelta(minutes=16))

        answer = browser.post("/sign-in/second-factor/", {"code": code_of(SECRET)})

    assert answer["Location"] == "/sign-in/"


def test_an_account_that_is_disabled_between_the_steps_stays_shut(viewer: User) -> None:
    enrol(viewer)
    browser = signed_in(viewer)
    User.objects.filter(pk=viewer.pk).update(is_active=False)

    browser.post("/sign-in/second-factor/", {"code": code_of(SECRET)})

    assert not is_in(browser)
    assert SignInAttempt.objects.order_by("-pk")[0].outcome == SignInOutcome.DISABLED


def test_whoever_must_enrol_a_second_factor_can_do_nothing_else(admin: User, problem_of: Problem) -> None:
    require_factor(admin)
    browser = signed_in(admin)
    assert is_in(browser)

    for page in ("/cameras/", "/account/", "/account/sessions/", "/admin/", "/admin/accounts/user/", "/api/v1/docs/"):
        answer = browser.get(page)
        led_there = (answer.status_code, answer.headers.get("Location")) == (302, "/account/security/")
        assert led_there or answer.status_code == 401, page
    problem_of(browser.get("/api/v1/cameras/"), 401, "second-factor-missing")
    assert browser.post("/sites/add/", {"name": "X", "time_zone": "UTC"})["Location"] == "/account/security/"
    assert browser.get("/storage/notice/", headers={"HX-Request": "true"}).status_code == 403


def test_enrolling_the_required_second_factor_opens_everything(admin: User) -> None:
    require_factor(admin)
    browser = signed_in(admin)
    assert "Your role requires a second factor" in browser.get("/account/security/").content.decode()

    page = browser.get("/account/security/app/")
    secret = browser.session["app_key"]
    assert secret[:4] in page.content.decode()
    answer = browser.post("/account/security/app/", {"code": code_of(secret)})

    assert answer.status_code == 200
    assert len(answer.context["codes"]) == 10
    assert browser.get("/cameras/").status_code == 200
    assert browser.get("/api/v1/cameras/").status_code == 200


@pytest.mark.django_db(transaction=True)
async def test_a_socket_is_shut_to_whoever_must_enrol_a_second_factor(
    viewer: User, page_of: Callable[[User], Client]
) -> None:
    seen: list[bool] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        seen.append(bool(scope["user"].is_authenticated))

    async def nothing(*args: Any) -> None:
        pass

    browser = await database_sync_to_async(page_of)(viewer)
    cookie = f"sessionid={browser.cookies['sessionid'].value}".encode()
    headers = [(b"cookie", cookie), (b"origin", b"http://testserver"), (b"host", b"testserver")]
    scope = {"type": "websocket", "path": "/ws/cameras/", "headers": headers, "query_string": b""}
    await authenticated(application)(scope, nothing, nothing)
    await database_sync_to_async(require_factor)(viewer)
    await authenticated(application)(scope, nothing, nothing)

    assert seen == [True, False]


def test_a_session_that_a_password_alone_opened_does_not_outlive_the_first_second_factor(viewer: User) -> None:
    thief, owner = signed_in(viewer), signed_in(viewer)

    owner.get("/account/security/app/")
    owner.post("/account/security/app/", {"code": code_of(owner.session["app_key"])})

    assert owner.get("/cameras/").status_code == 200
    assert thief.get("/cameras/")["Location"].startswith("/sign-in/")
