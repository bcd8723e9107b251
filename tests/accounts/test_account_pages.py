"""My account: password, e-mail address, name; and a password that was forgotten."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.test import Client

from accounts import passwords
from accounts.choices import AuditVerb
from accounts.models import AuditEntry, User
from tests.accounts.people_at_the_door import NOON, is_in, letter_to, signed_in
from tests.conftest import PASSWORD

Problem = Callable[..., dict[str, Any]]


def test_a_new_password_is_taken_and_others_are_signed_out(viewer: User) -> None:
    here, elsewhere = signed_in(viewer), signed_in(viewer)
    facts = {"present": PASSWORD, "password": "another long password 77", "again": "another long password 77"}

    answer = here.post("/account/security/password/", facts, follow=True)

    assert "Your password was changed" in answer.content.decode()
    assert here.get("/cameras/").status_code == 200
    assert elsewhere.get("/cameras/").status_code == 302
    assert is_in(signed_in(viewer, "another long password 77"))
    assert not is_in(signed_in(viewer))
    assert AuditEntry.objects.get(verb=AuditVerb.PASSWORD_CHANGED).actor == viewer
    here.post("/account/sessions/end/")
    assert here.get("/cameras/").status_code == 302, "the session is still known under its new key"


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (
            {"present": "wrong", "password": "another long password 77", "again": "another long password 77"},
            "not right",
        ),
        ({"present": PASSWORD, "password": "another long password 77", "again": "something else"}, "not the same"),
        ({"present": PASSWORD, "password": "password1234", "again": "password1234"}, "too common"),
        ({"present": PASSWORD, "password": "viewer@vms.example", "again": "viewer@vms.example"}, "too similar"),
        ({}, "required"),
    ],
)
def test_a_password_that_will_not_do_is_told_and_not_taken(viewer: User, facts: dict[str, str], words: str) -> None:
    answer = signed_in(viewer).post("/account/security/password/", facts)

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert is_in(signed_in(viewer))


def test_a_forgotten_password_is_replaced_by_a_letter(viewer: User, django_capture_on_commit_callbacks: Any) -> None:
    elsewhere = signed_in(viewer)
    with django_capture_on_commit_callbacks(execute=True):
        Client().post("/forgotten-password/", {"email": viewer.email.upper()})
    address = letter_to(viewer.email)
    browser = Client()

    moved = browser.get(address)
    page = browser.get(moved["Location"])
    facts = {"password": "another long password 77", "again": "another long password 77"}
    answer = browser.post(moved["Location"], facts)

    assert (page.status_code, answer["Location"]) == (200, "/sign-in/")
    assert moved["Location"] not in address, "the key leaves the address bar"
    assert is_in(signed_in(viewer, "another long password 77"))
    assert elsewhere.get("/cameras/").status_code == 302
    assert not is_in(browser), "a letter is no second factor"
    again = Client()
    assert again.get(again.get(address)["Location"]).status_code == 410


def test_asking_for_a_letter_tells_nothing_about_who_has_an_account(
    viewer: User, outsider: User, operator: User, django_capture_on_commit_callbacks: Any
) -> None:
    User.objects.filter(pk=outsider.pk).update(is_active=False)
    User.objects.filter(pk=operator.pk).update(is_service=True)
    emails = [viewer.email, "nobody@vms.example", outsider.email, operator.email]
    with django_capture_on_commit_callbacks(execute=True):
        answers = [Client().post("/forgotten-password/", {"email": email}) for email in emails]

    pages = {answer.content.decode().replace(email, "…") for answer, email in zip(answers, emails, strict=True)}
    assert len({re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", page) for page in pages}) == 1
    assert [letter.to for letter in mail.outbox] == [[viewer.email]]


def test_a_letter_is_good_for_an_hour(viewer: User, django_capture_on_commit_callbacks: Any) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        with django_capture_on_commit_callbacks(execute=True):
            Client().post("/forgotten-password/", {"email": viewer.email})
        clock.shift(timedelta(minutes=61))
        browser = Client()

        assert browser.get(browser.get(letter_to(viewer.email))["Location"]).status_code == 410


@pytest.mark.parametrize(
    ("seconds", "words"), [(3600, "an hour"), (7200, "2 hours"), (5400, "90 minutes"), (60, "a minute")]
)
def test_a_letter_says_for_how_long_it_is_good(
    viewer: User, settings: Any, django_capture_on_commit_callbacks: Any, seconds: int, words: str
) -> None:
    settings.PASSWORD_RESET_TIMEOUT = seconds
    with django_capture_on_commit_callbacks(execute=True):
        Client().post("/forgotten-password/", {"email": viewer.email})

    assert f"within {words}:" in mail.outbox[0].body


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["now", "x", "2.x-y", "\x00", "zzzzzzzzzzzzzzzzzzzz.abc-def"])
def test_an_invented_letter_opens_nothing(key: str) -> None:
    browser = Client()
    answer = browser.get(f"/forgotten-password/{key}/", follow=True)

    assert answer.status_code == 410


def test_another_address_is_taken_once_it_is_confirmed(viewer: User, django_capture_on_commit_callbacks: Any) -> None:
    browser, before = signed_in(viewer), viewer.email
    with django_capture_on_commit_callbacks(execute=True):
        browser.post("/account/email/", {"email": "New@vms.example"})
    address = letter_to("New@vms.example")

    assert Client().get(address).status_code == 200
    viewer.refresh_from_db()
    assert viewer.email == before, "a mail program that visits the address confirms nothing"
    with django_capture_on_commit_callbacks(execute=True):
        Client().post(address)

    viewer.refresh_from_db()
    assert viewer.email == "new@vms.example"
    assert is_in(signed_in(viewer))
    assert AuditEntry.objects.get(verb=AuditVerb.EMAIL_CHANGED).data == {"before": before, "after": "new@vms.example"}
    assert letter_subjects(before) == ["Your e-mail address was changed"]
    assert Client().post(address).status_code == 410


def test_another_password_voids_the_address_that_a_thief_has_asked_for(
    viewer: User, django_capture_on_commit_callbacks: Any
) -> None:
    """Else a thief who is signed out by it would take the account with the letter that is still good for a day."""
    with django_capture_on_commit_callbacks(execute=True):
        signed_in(viewer).post("/account/email/", {"email": "thief@vms.example"})

    passwords.change_password(viewer, "another password, long enough", actor=viewer)

    assert Client().get(letter_to("thief@vms.example")).status_code == 410
    assert Client().post(letter_to("thief@vms.example")).status_code == 410
    viewer.refresh_from_db()
    assert viewer.email == "viewer@vms.example"


def letter_subjects(email: str) -> list[str]:
    return [letter.subject for letter in mail.outbox if letter.to == [email]]


def test_who_asks_for_an_address_does_not_learn_that_somebody_has_it(
    viewer: User, operator: User, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        answer = signed_in(viewer).post("/account/email/", {"email": operator.email})

    assert answer["Location"] == "/account/"
    assert Client().post(letter_to(operator.email)).status_code == 410
    assert signed_in(viewer).post("/account/email/", {"email": "nonsense"}).status_code == 422


def test_an_address_that_somebody_takes_in_the_meantime_stays_theirs(
    viewer: User, make_user: Callable[..., User], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        signed_in(viewer).post("/account/email/", {"email": "new@vms.example"})
    make_user("operator", "new@vms.example")

    assert Client().post(letter_to("new@vms.example")).status_code == 410


def test_people_change_their_name(viewer: User) -> None:
    browser = signed_in(viewer)

    assert browser.post("/account/", {"name": ""}).status_code == 422
    assert browser.post("/account/", {"name": "Vera"})["Location"] == "/account/"

    viewer.refresh_from_db()
    assert viewer.name == "Vera"
