"""Passkeys open for whom they were made, where they were made, once for each challenge."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts import enrolling, passkeys
from accounts.choices import AuditVerb, SignInMethod, SignInOutcome
from accounts.models import AuditEntry, SignInAttempt, User
from accounts.passkeys import PasskeyRefused, Place
from tests.accounts.people_at_the_door import is_in, signed_in
from tests.accounts.soft_key import SoftKey

HERE = Place("http", "testserver")


def enrolled(user: User, *, counter: int | None = None, origin: str = "http://testserver") -> SoftKey:
    """A key that somebody has added to their account."""
    key = SoftKey(origin, counter=counter)
    options, state = passkeys.begin_adding(user, place=HERE)
    kept = passkeys.finish_adding(key.make(options), state, place=HERE)
    enrolling.add_passkey(user, name="My key", key=kept, actor=user)
    return key


def test_a_key_opens_for_its_owner(viewer: User) -> None:
    key = enrolled(viewer)
    options, state = passkeys.begin_using(None, place=HERE)

    factor = passkeys.finish_using(None, key.use(options, owner=viewer.pk), state, place=HERE)

    assert (factor.user, enrolling.name_of(factor)) == (viewer, "My key")
    factor.refresh_from_db()
    assert factor.last_used_at is not None


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "https://testserver", "http://testserver:8080", "http://evil.testserver"]
)
def test_another_origin_gets_nothing(viewer: User, origin: str) -> None:
    with pytest.raises(PasskeyRefused):
        enrolled(viewer, origin=origin)
    key = enrolled(viewer)
    options, state = passkeys.begin_using(None, place=HERE)
    key.origin = origin

    with pytest.raises(PasskeyRefused):
        passkeys.finish_using(None, key.use(options, owner=viewer.pk), state, place=HERE)


def test_an_answer_to_another_challenge_is_refused(viewer: User) -> None:
    key = enrolled(viewer)
    options, _ = passkeys.begin_using(None, place=HERE)
    _, state = passkeys.begin_using(None, place=HERE)

    with pytest.raises(PasskeyRefused):
        passkeys.finish_using(None, key.use(options, owner=viewer.pk), state, place=HERE)


def test_a_key_opens_nobody_elses_account(viewer: User, operator: User) -> None:
    key, _ = enrolled(viewer), enrolled(operator)
    options, state = passkeys.begin_using(None, place=HERE)
    with pytest.raises(PasskeyRefused):
        passkeys.finish_using(None, key.use(options, owner=operator.pk), state, place=HERE)

    options, state = passkeys.begin_using(operator, place=HERE)
    with pytest.raises(PasskeyRefused):
        passkeys.finish_using(operator, key.use(options, owner=viewer.pk), state, place=HERE)


def test_alone_a_key_must_have_verified_its_owner_beside_a_password_it_need_not(viewer: User) -> None:
    key = enrolled(viewer)
    options, state = passkeys.begin_using(None, place=HERE)
    with pytest.raises(PasskeyRefused):
        passkeys.finish_using(None, key.use(options, owner=viewer.pk, verified=False), state, place=HERE)

    options, state = passkeys.begin_using(viewer, place=HERE)
    assert passkeys.finish_using(viewer, key.use(options, owner=viewer.pk, verified=False), state, place=HERE)


def test_a_copied_key_is_found_by_its_counter(viewer: User) -> None:
    key = enrolled(viewer, counter=7)
    for _ in range(2):
        options, state = passkeys.begin_using(None, place=HERE)
        passkeys.finish_using(None, key.use(options, owner=viewer.pk), state, place=HERE)
    key.counter = 7

    options, state = passkeys.begin_using(None, place=HERE)
    with pytest.raises(PasskeyRefused):
        passkeys.finish_using(None, key.use(options, owner=viewer.pk), state, place=HERE)


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        {},
        {"response": {}},
        {"id": "x", "rawId": "x", "response": {"userHandle": "!!"}},
        {"response": {"userHandle": "MQ"}},
    ],
)
def test_garbage_is_refused(viewer: User, answer: Any) -> None:
    enrolled(viewer)
    _, state = passkeys.begin_using(None, place=HERE)

    with pytest.raises(PasskeyRefused):
        passkeys.finish_using(None, answer, state, place=HERE)
    with pytest.raises(PasskeyRefused):
        passkeys.finish_using(viewer, answer, state, place=HERE)
    with pytest.raises(PasskeyRefused):
        passkeys.finish_adding(answer, state, place=HERE)


def use_at_the_page(browser: Client, key: SoftKey, owner: User, path: str = "/sign-in/passkey/") -> Any:
    options = browser.post("/sign-in/passkey/challenge/").json()
    return browser.post(path, {"credential": json.dumps(key.use(options, owner=owner.pk))})


def test_a_passkey_signs_in_alone_and_the_attempt_is_kept(viewer: User) -> None:
    key = enrolled(viewer)
    browser = Client()

    answer = use_at_the_page(browser, key, viewer)

    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert is_in(browser)
    attempt = SignInAttempt.objects.get()
    assert (attempt.user, attempt.method, attempt.outcome) == (viewer, SignInMethod.PASSKEY, SignInOutcome.SIGNED_IN)
    assert AuditEntry.objects.get(verb=AuditVerb.SIGNED_IN).actor == viewer


def test_a_passkey_is_a_second_factor(viewer: User) -> None:
    key = enrolled(viewer)
    browser = signed_in(viewer)
    assert not is_in(browser)

    answer = use_at_the_page(browser, key, viewer, "/sign-in/second-factor/")

    assert answer["Location"] == "/"
    assert is_in(browser)


def test_a_challenge_for_the_second_factor_opens_nobody_elses_account(viewer: User, operator: User) -> None:
    """Beside a password a key need not verify its owner: with an account of one's own, a found key would open another's."""
    enrolled(viewer)
    found = enrolled(operator)
    browser = signed_in(viewer)

    options = browser.post("/sign-in/passkey/challenge/").json()
    answer = found.use(options, owner=operator.pk, verified=False)
    page = browser.post("/sign-in/passkey/", {"credential": json.dumps(answer)})

    assert page.status_code == 422
    assert not is_in(browser)


@pytest.mark.parametrize("change", [{"is_active": False}, {"is_service": True}])
def test_whoever_may_not_come_in_does_not_by_a_passkey(viewer: User, change: dict[str, bool]) -> None:
    key = enrolled(viewer)
    User.objects.filter(pk=viewer.pk).update(**change)
    browser = Client()

    answer = use_at_the_page(browser, key, viewer)

    assert answer.status_code == 422
    assert not is_in(browser)
    assert SignInAttempt.objects.get().outcome in (SignInOutcome.DISABLED, SignInOutcome.NOT_ALLOWED)


def test_an_answer_opens_once(viewer: User) -> None:
    key = enrolled(viewer)
    browser = Client()
    options = browser.post("/sign-in/passkey/challenge/").json()
    credential = json.dumps(key.use(options, owner=viewer.pk))
    browser.post("/sign-in/passkey/", {"credential": credential})
    browser.post("/sign-out/")

    assert browser.post("/sign-in/passkey/", {"credential": credential}).status_code == 422
    assert Client().post("/sign-in/passkey/", {"credential": credential}).status_code == 422
    assert Client().post("/sign-in/passkey/", {"credential": "{"}).status_code == 422


def test_a_lock_out_of_passwords_does_not_stop_a_passkey(viewer: User, settings: Any) -> None:
    """Else anybody could keep anybody out by guessing."""
    settings.SIGN_IN_FAILURES_PER_EMAIL = 1
    key = enrolled(viewer)
    signed_in(viewer, "wrong")
    browser = Client()

    use_at_the_page(browser, key, viewer)

    assert is_in(browser)


def test_a_passkey_is_added_at_the_page_and_confirms_an_elevation(
    viewer: User, page_of: Callable[[User], Client]
) -> None:
    browser = signed_in(viewer)
    key = SoftKey("http://testserver")
    options = browser.post("/account/security/passkeys/options/").json()
    answer = browser.post("/account/security/passkeys/", {"name": "Desk", "credential": json.dumps(key.make(options))})
    assert len(answer.context["codes"]) == 10

    options = browser.post("/sign-in/passkey/challenge/").json()
    proof = {"reason": "Ticket 42", "credential": json.dumps(key.use(options, owner=viewer.pk))}
    assert browser.post("/elevate/?next=/account/", proof)["Location"] == "/account/"
    assert browser.post("/elevate/", proof).status_code == 422

    assert [row[1] for row in browser.get("/account/security/").context["factors"]] == ["Desk"]
    refused = browser.post("/account/security/passkeys/", {"name": "", "credential": "{}"}, follow=True)
    assert "was not accepted" in refused.content.decode()
