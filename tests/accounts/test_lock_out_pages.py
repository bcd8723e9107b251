"""Who is not let in, and how it is told."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.choices import SignInOutcome
from accounts.models import SignInAttempt, User
from tests.accounts.people_at_the_door import is_in, signed_in
from tests.conftest import PASSWORD

Problem = Callable[..., dict[str, Any]]


def test_the_page_says_how_long_a_lock_out_lasts_to_everybody_alike(viewer: User, settings: Any) -> None:
    settings.SIGN_IN_FAILURES_PER_EMAIL = 2
    told = []
    for email in (viewer.email, "nobody@vms.example"):
        for _ in range(2):
            Client().post("/sign-in/", {"username": email, "password": "wrong"})
        answer = Client().post("/sign-in/", {"username": email, "password": PASSWORD})
        told.append((answer.status_code, re.findall(r"Too many attempts have failed[^<]*", answer.content.decode())))

    assert told[0] == told[1] == (429, ["Too many attempts have failed. Try again in 15 minutes."])


def test_behind_the_proxy_each_person_is_counted_by_their_own_address(viewer: User, settings: Any) -> None:
    settings.SIGN_IN_FAILURES_PER_ADDRESS = 2
    for number in range(2):
        Client().post(
            "/sign-in/",
            {"username": f"guess{number}@vms.example", "password": "x"},
            headers={"X-Forwarded-For": "203.0.113.9"},
        )
    facts = {"username": viewer.email, "password": PASSWORD}

    locked = Client().post("/sign-in/", facts, headers={"X-Forwarded-For": "203.0.113.9"})
    other = Client().post("/sign-in/", facts, headers={"X-Forwarded-For": "198.51.100.7"})

    assert (locked.status_code, other.status_code) == (429, 302)


@pytest.mark.django_db
def test_a_service_account_cannot_sign_in(make_user: Callable[..., User]) -> None:
    program = make_user("api_only")
    User.objects.filter(pk=program.pk).update(is_service=True)

    browser = signed_in(program)

    assert not is_in(browser)
    assert SignInAttempt.objects.get().outcome == SignInOutcome.NOT_ALLOWED


def test_a_session_ends_when_its_account_becomes_a_service_account(viewer: User) -> None:
    browser = signed_in(viewer)
    User.objects.filter(pk=viewer.pk).update(is_service=True)

    assert browser.get("/cameras/")["Location"].startswith("/sign-in/")
