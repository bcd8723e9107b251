"""Every attempt is kept; too many failures lock an address out for a while, and tell nothing about who has an account."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection

from accounts import sign_in
from accounts.choices import AuditVerb, Door, SignInMethod, SignInOutcome
from accounts.models import AuditEntry, SignInAttempt, User
from accounts.sign_in import SignInRefused
from accounts.sign_in_attempts import network_of
from accounts.signals import sign_in_attempted
from tests.conftest import PASSWORD

NOON = datetime(2030, 5, 1, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def few(settings: Any) -> None:
    settings.SIGN_IN_FAILURES_PER_EMAIL = 3
    settings.SIGN_IN_FAILURES_PER_ADDRESS = 5
    settings.SIGN_IN_LOCKOUT_SECONDS = 600


def show(email: str, password: str = PASSWORD, *, address: str | None = "203.0.113.9") -> User:
    return sign_in.verify_password(email=email, password=password, address=address, user_agent="UA", door=Door.PAGE)


def refused(email: str, password: str = "wrong", *, address: str | None = "203.0.113.9") -> SignInRefused:
    with pytest.raises(SignInRefused) as caught:
        show(email, password, address=address)
    return caught.value


def test_a_right_password_gives_the_person_and_is_kept(viewer: User) -> None:
    assert show(f" {viewer.email.upper()} ") == viewer

    attempt = SignInAttempt.objects.get()
    assert (attempt.email, attempt.user, attempt.outcome) == (viewer.email, viewer, SignInOutcome.SIGNED_IN)
    assert (attempt.method, attempt.door, attempt.address) == (SignInMethod.PASSWORD, Door.PAGE, "203.0.113.9")
    assert attempt.user_agent == "UA"


def test_what_is_refused_is_kept_with_its_true_reason_and_told_with_the_same_words(
    viewer: User, outsider: User, operator: User
) -> None:
    User.objects.filter(pk=outsider.pk).update(is_active=False)
    User.objects.filter(pk=operator.pk).update(is_service=True)

    refusals = [
        refused(viewer.email),
        refused("nobody@vms.example", PASSWORD),
        refused(outsider.email, PASSWORD),
        refused(operator.email, PASSWORD),
    ]

    assert len({str(refusal) for refusal in refusals}) == 1
    assert [attempt.outcome for attempt in SignInAttempt.objects.order_by("pk")] == [
        SignInOutcome.WRONG,
        SignInOutcome.WRONG,
        SignInOutcome.DISABLED,
        SignInOutcome.NOT_ALLOWED,
    ]
    assert AuditEntry.objects.filter(verb=AuditVerb.SIGN_IN_FAILED).count() == 4


@pytest.mark.parametrize("email", ["viewer@vms.example", "nobody@vms.example"])
def test_too_many_failures_lock_an_address_out_whether_or_not_somebody_has_it(viewer: User, email: str) -> None:
    with time_machine.travel(NOON, tick=False):
        for _ in range(3):
            assert refused(email).retry_after_seconds is None

        locked = refused(email, PASSWORD, address="198.51.100.7")

    assert (locked.outcome, locked.retry_after_seconds) == (SignInOutcome.LOCKED_OUT, 600)
    assert str(locked) == "Too many attempts have failed. Try again in 10 minutes."
    assert SignInAttempt.objects.filter(outcome=SignInOutcome.LOCKED_OUT).count() == 1


def test_a_lock_out_ends_by_itself_and_is_not_prolonged_by_knocking(viewer: User) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        for _ in range(3):
            refused(viewer.email)
        clock.shift(timedelta(seconds=599))
        assert refused(viewer.email, PASSWORD).retry_after_seconds == 1

        clock.shift(timedelta(seconds=1))

        assert show(viewer.email) == viewer


def test_a_success_forgets_the_failures_of_the_person(viewer: User) -> None:
    for _ in range(2):
        refused(viewer.email)
    show(viewer.email)
    for _ in range(2):
        refused(viewer.email)

    assert show(viewer.email) == viewer


def test_a_network_is_locked_out_for_everybodys_account_and_a_success_of_its_own_does_not_help(
    viewer: User, operator: User
) -> None:
    for number in range(4):
        refused(f"guess{number}@vms.example")
    show(viewer.email)
    refused("guess5@vms.example")

    assert refused(operator.email, PASSWORD).outcome == SignInOutcome.LOCKED_OUT
    assert show(operator.email, address="198.51.100.7") == operator


def test_an_ipv6_household_is_one_network(viewer: User) -> None:
    for number in range(5):
        refused(f"guess{number}@vms.example", address=f"2001:db8:1:2::{number}")

    assert refused(viewer.email, PASSWORD, address="2001:db8:1:2:ffff::1").outcome == SignInOutcome.LOCKED_OUT
    assert show(viewer.email, address="2001:db8:1:3::1") == viewer


@pytest.mark.parametrize(
    ("address", "network"),
    [
        (None, ""),
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8::7", "2001:db8::/64"),
    ],
)
def test_networks(address: str | None, network: str) -> None:
    assert network_of(address) == network


def test_garbage_is_kept_and_counted(viewer: User) -> None:
    refused("\x00" + "x" * 5000, "\x00")
    refused("", "")

    assert [len(attempt.email) for attempt in SignInAttempt.objects.order_by("pk")] == [254, 0]


@pytest.mark.django_db
def test_a_very_long_password_is_wrong(viewer: User) -> None:
    viewer.set_password("x" * 4096)
    viewer.save()

    assert refused(viewer.email, "x" * 5000).outcome == SignInOutcome.WRONG


def test_listeners_hear_of_every_attempt_when_it_is_settled(
    viewer: User, django_capture_on_commit_callbacks: object
) -> None:
    heard: list[str] = []

    def listen(attempt: SignInAttempt, **kwargs: object) -> None:
        heard.append(attempt.outcome)

    sign_in_attempted.connect(listen)
    try:
        with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
            for _ in range(3):
                refused(viewer.email)
            refused(viewer.email)
    finally:
        sign_in_attempted.disconnect(listen)
    assert heard == ["wrong", "wrong", "wrong", "locked_out"]


@pytest.mark.django_db(transaction=True)
def test_attempts_side_by_side_do_not_outrun_the_count(settings: Any) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite in memory has one writer and makes others fail")
    outcomes: list[SignInOutcome] = []
    together = threading.Barrier(8)

    def knock() -> None:
        together.wait()
        outcomes.append(refused("nobody@vms.example").outcome)
        connection.close()

    threads = [threading.Thread(target=knock) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == [SignInOutcome.LOCKED_OUT] * 5 + [SignInOutcome.WRONG] * 3
