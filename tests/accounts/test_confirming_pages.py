"""Showing who one is once more: before one changes how one signs in, and to be elevated."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from accounts import second_factor
from accounts.choices import AuditVerb, SignInMethod, SignInOutcome
from accounts.models import AuditEntry, SignInAttempt, User
from tests.accounts.authenticator import code_of
from tests.accounts.people_at_the_door import NOON, SECRET, enrol, signed_in
from tests.conftest import PASSWORD

Problem = Callable[..., dict[str, Any]]


def test_changing_how_one_signs_in_asks_who_it_is_when_some_time_has_passed(viewer: User) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        browser = signed_in(viewer)
        assert browser.get("/account/security/app/").status_code == 200
        clock.shift(timedelta(minutes=16))

        asked = browser.get("/account/security/app/")
        assert asked["Location"] == "/confirm/?next=/account/security/app/"
        refused = browser.post(asked["Location"], {"proof": "wrong", "next": "/account/security/app/"})
        answer = browser.post(asked["Location"], {"proof": PASSWORD, "next": "/account/security/app/"})

        assert refused.status_code == 422
        assert answer["Location"] == "/account/security/app/"
        assert browser.get("/account/security/app/").status_code == 200
    outcomes = [attempt.outcome for attempt in SignInAttempt.objects.order_by("pk")]
    assert outcomes == [SignInOutcome.SIGNED_IN, SignInOutcome.WRONG, SignInOutcome.CONFIRMED]


@pytest.mark.parametrize(
    "path",
    [
        "/account/email/",
        "/account/security/passkeys/",
        "/account/security/passkeys/options/",
        "/account/security/recovery-codes/",
    ],
)
def test_what_is_posted_asks_too_and_leads_back_to_the_page_with_the_form(viewer: User, path: str) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        browser = signed_in(viewer)
        clock.shift(timedelta(minutes=16))

        answer = browser.post(path, headers={"Referer": "http://testserver/account/security/"})

    assert answer["Location"] == "/confirm/?next=/account/security/"


def test_guessing_passwords_at_the_confirmation_locks_out_too(viewer: User, settings: Any) -> None:
    settings.SIGN_IN_FAILURES_PER_EMAIL = 2
    browser = signed_in(viewer)
    for _ in range(2):
        browser.post("/confirm/", {"proof": "wrong"})

    answer = browser.post("/confirm/", {"proof": PASSWORD})

    assert "Too many attempts have failed" in answer.content.decode()


def test_confirming_never_leads_to_another_site(viewer: User) -> None:
    answer = signed_in(viewer).post("/confirm/?next=https://evil.example/", {"proof": PASSWORD})

    assert answer["Location"] == "/"


def test_elevation_asks_what_for_and_who(viewer: User) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        browser = signed_in(viewer)
        assert browser.post("/elevate/", {"proof": PASSWORD}).status_code == 422
        assert browser.post("/elevate/", {"reason": "Ticket 42", "proof": "wrong"}).status_code == 422
        assert browser.get("/account/").context["elevation"] is None

        answer = browser.post("/elevate/?next=/account/", {"reason": "Ticket 42", "proof": PASSWORD})

        assert answer["Location"] == "/account/"
        elevated = browser.get("/account/").context["elevation"]
        assert (elevated.reason, elevated.until) == ("Ticket 42", NOON + timedelta(minutes=15))
        clock.shift(timedelta(minutes=15))
        assert browser.get("/account/").context["elevation"] is None
    entry = AuditEntry.objects.get(verb=AuditVerb.ELEVATED)
    assert (entry.actor, entry.data["reason"]) == (viewer, "Ticket 42")


def test_elevation_ends_on_request_and_holds_in_one_browser_only(viewer: User) -> None:
    browser, other = signed_in(viewer), signed_in(viewer)
    browser.post("/elevate/", {"reason": "Ticket 42", "proof": PASSWORD})
    assert other.get("/account/").context["elevation"] is None

    browser.post("/elevate/end/", {"next": "/account/"})

    assert browser.get("/account/").context["elevation"] is None
    assert AuditEntry.objects.get(verb=AuditVerb.ELEVATION_ENDED).actor == viewer


def test_the_locks_of_elevation(viewer: User, rf: Any, problem_of: Problem) -> None:
    from django.http import HttpResponse
    from rest_framework.response import Response
    from rest_framework.views import APIView

    from accounts.access import elevation_required, signed_in_required
    from accounts.api.authentication import PortalSession
    from accounts.api.permissions import Elevated, IsSignedIn

    browser = signed_in(viewer)

    @signed_in_required
    @elevation_required
    def page(request: Any) -> HttpResponse:
        return HttpResponse("open")

    class Api(APIView):
        authentication_classes = (PortalSession,)
        permission_classes = (IsSignedIn, Elevated)

        def get(self, request: Any) -> Response:
            return Response("open")

    def asked(view: Any) -> Any:
        request = rf.get("/secrets/?x=1")
        request.user, request.session = viewer, browser.session
        answer = view(request)
        return answer.render() if hasattr(answer, "render") else answer

    assert asked(page)["Location"] == "/elevate/?next=/secrets/%3Fx%3D1"
    problem_of_bytes(asked(Api.as_view()), "elevation-required")
    browser.post("/elevate/", {"reason": "Ticket 42", "proof": PASSWORD})
    assert asked(page).content == b"open"
    assert asked(Api.as_view()).status_code == 200


def problem_of_bytes(answer: Any, kind: str) -> None:
    assert answer.status_code == 403
    assert f"urn:vms:problem:{kind}".encode() in answer.content


def test_a_method_is_kept_with_each_confirmation(viewer: User) -> None:
    codes = enrol(viewer)
    browser = signed_in(viewer)
    browser.post("/sign-in/second-factor/", {"code": codes[0]})

    browser.post("/confirm/", {"proof": code_of(SECRET)})
    browser.post("/confirm/", {"proof": codes[1]})

    kept = SignInAttempt.objects.filter(outcome=SignInOutcome.CONFIRMED).order_by("pk")
    assert [attempt.method for attempt in kept] == [SignInMethod.CODE, SignInMethod.RECOVERY]
    assert second_factor.recovery_codes_left(viewer) == 8
