"""Codes of apps and recovery codes: each opens once, and for its owner only."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import connection

from accounts import enrolling, second_factor, sign_in
from accounts.audit import SYSTEM
from accounts.choices import AuditVerb, Door, SignInMethod, SignInOutcome
from accounts.delegation import MoreThanYouHold
from accounts.models import AuditEntry, SignInAttempt, User
from accounts.sign_in import SignInRefused
from tests.accounts.authenticator import code_of

NOON = datetime(2030, 5, 1, 12, 0, tzinfo=UTC)
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
KEY = {"credential": "", "counter": 0}


def enrol(user: User) -> list[str]:
    """An app with SECRET, a minute ago, so that the present code is unused; gives the recovery codes."""
    now = datetime.now(UTC)
    with time_machine.travel(now - timedelta(minutes=1), tick=False):
        return enrolling.add_app(user, secret=SECRET, code=code_of(SECRET), actor=user)


def test_the_digits_are_those_of_the_standard() -> None:
    """RFC 6238 appendix B, SHA-1, the last six of eight digits."""
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"

    for at, digits in ((59, "287082"), (1111111109, "081804"), (2000000000, "279037")):
        with time_machine.travel(datetime.fromtimestamp(at, UTC), tick=False):
            assert second_factor.counter_of(secret, digits) == at // 30


def test_a_code_opens_once_and_an_older_one_never_after_it(viewer: User) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        enrolling.add_app(viewer, secret=SECRET, code=code_of(SECRET), actor=viewer)
        assert not second_factor.verify(viewer, code_of(SECRET)), "the code that enrolled it is used up"
        clock.shift(timedelta(seconds=30))
        before = code_of(SECRET)
        clock.shift(timedelta(seconds=30))

        assert second_factor.verify(viewer, f" {code_of(SECRET)[:3]} {code_of(SECRET)[3:]}")
        assert not second_factor.verify(viewer, code_of(SECRET))
        assert not second_factor.verify(viewer, before)


@pytest.mark.parametrize(("seconds", "opens"), [(-30, True), (30, True), (-60, False), (60, False)])
def test_the_telephones_clock_may_be_one_period_off(viewer: User, seconds: int, opens: bool) -> None:
    with time_machine.travel(NOON - timedelta(hours=1), tick=False):
        enrolling.add_app(viewer, secret=SECRET, code=code_of(SECRET), actor=viewer)
    with time_machine.travel(NOON, tick=False):
        shown = code_of(SECRET, at=(NOON + timedelta(seconds=seconds)).timestamp())

        assert second_factor.verify(viewer, shown) is opens


def test_a_recovery_code_opens_once_however_it_is_typed(viewer: User) -> None:
    codes = enrol(viewer)

    assert len(codes) == len(set(codes)) == 10
    assert second_factor.verify(viewer, f" {codes[0].upper().replace('-', ' ')} ")
    assert not second_factor.verify(viewer, codes[0])
    assert second_factor.verify(viewer, codes[1])
    assert second_factor.recovery_codes_left(viewer) == 8


def test_fresh_recovery_codes_make_the_old_ones_void(viewer: User) -> None:
    old = enrol(viewer)

    new = enrolling.make_recovery_codes(viewer, actor=viewer)

    assert not second_factor.verify(viewer, old[0])
    assert second_factor.verify(viewer, new[0])
    assert AuditEntry.objects.filter(verb=AuditVerb.RECOVERY_CODES_MADE).count() == 2


def test_a_code_opens_for_its_owner_only(viewer: User, operator: User) -> None:
    codes = enrol(viewer)
    enrolling.add_passkey(operator, name="Key", key=KEY, actor=operator)

    assert not second_factor.verify(operator, code_of(SECRET))
    assert not second_factor.verify(operator, codes[0])


def test_neither_the_key_nor_a_recovery_code_can_be_read_in_the_database(viewer: User) -> None:
    codes = enrol(viewer)

    kept = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert SECRET not in kept
    assert not any(code in kept or code.replace("-", "") in kept for code in codes)


@pytest.mark.django_db
@pytest.mark.parametrize("code", ["", "\x00", "123456", "x" * 5000, "１２３４５６", "-"])
def test_garbage_opens_nothing(viewer: User, code: str) -> None:
    enrol(viewer)

    assert not second_factor.verify(viewer, code)


def test_an_app_is_enrolled_only_by_its_present_code_and_once(viewer: User) -> None:
    with pytest.raises(ValidationError, match="not the present code"):
        enrolling.add_app(viewer, secret=SECRET, code="000000", actor=viewer)
    enrol(viewer)

    with pytest.raises(ValidationError, match="an authenticator app already"):
        enrolling.add_app(viewer, secret=SECRET, code=code_of(SECRET), actor=viewer)


def test_coming_and_going_are_audited_and_told_by_mail(
    viewer: User, django_capture_on_commit_callbacks: object
) -> None:
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        enrol(viewer)
        enrolling.remove_factor(second_factor.factors(viewer).get(), actor=viewer)

    verbs = (AuditVerb.SECOND_FACTOR_ADDED, AuditVerb.SECOND_FACTOR_REMOVED)
    entries = AuditEntry.objects.filter(verb__in=verbs).order_by("pk")
    assert [(entry.verb, entry.target_id, entry.data["kind"]) for entry in entries] == [
        (verb, str(viewer.pk), "Authenticator app") for verb in verbs
    ]
    assert [(letter.subject, letter.to) for letter in mail.outbox] == [
        ("A second factor was added", [viewer.email]),
        ("A second factor was removed", [viewer.email]),
    ]


def test_recovery_codes_go_with_the_last_factor(viewer: User) -> None:
    codes = enrol(viewer)
    enrolling.remove_factor(second_factor.factors(viewer).get(), actor=viewer)

    assert not second_factor.is_enrolled(viewer)
    assert not second_factor.verify(viewer, codes[0])
    with pytest.raises(ValidationError, match="Enrol an authenticator app"):
        enrolling.make_recovery_codes(viewer, actor=viewer)


def test_the_last_factor_stays_where_the_role_requires_one(viewer: User) -> None:
    enrol(viewer)
    viewer.role.requires_second_factor = True
    viewer.role.save()

    with pytest.raises(ValidationError, match="requires a second factor"):
        enrolling.remove_factor(second_factor.factors(viewer).get(), actor=viewer)
    enrolling.add_passkey(viewer, name="Key", key=KEY, actor=viewer)
    enrolling.remove_factor(second_factor.factors(viewer).get(type=Authenticator.Type.TOTP), actor=viewer)

    assert [enrolling.name_of(factor) for factor in second_factor.factors(viewer)] == ["Key"]


def test_an_administrator_helps_who_has_lost_everything(viewer: User, admin: User, outsider: User) -> None:
    codes = enrol(viewer)
    enrolling.add_passkey(viewer, name="Key", key=KEY, actor=viewer)
    with pytest.raises(MoreThanYouHold):
        enrolling.remove_all(admin, actor=outsider)

    enrolling.remove_all(viewer, actor=admin)

    assert not second_factor.is_enrolled(viewer)
    assert not second_factor.verify(viewer, codes[0])
    removed = AuditEntry.objects.filter(verb=AuditVerb.SECOND_FACTOR_REMOVED, actor=admin)
    assert sorted(entry.data["name"] for entry in removed) == ["Authenticator app", "Key"]


def test_codes_are_attempts_that_are_kept_and_counted(viewer: User, settings: object) -> None:
    settings.SIGN_IN_FAILURES_PER_EMAIL = 3  # type: ignore[attr-defined]
    codes = enrol(viewer)

    def show(code: str) -> None:
        sign_in.verify_code(user=viewer, code=code, address="203.0.113.9", user_agent="UA", door=Door.API)

    show(codes[0])
    for code in ("000000", "zzzz-zzzz-zzzz", "000001"):
        with pytest.raises(SignInRefused, match="not right"):
            show(code)
    with pytest.raises(SignInRefused) as locked:
        show(codes[1])

    assert locked.value.retry_after_seconds
    assert list(SignInAttempt.objects.order_by("pk").values_list("method", "outcome")) == [
        (SignInMethod.RECOVERY, SignInOutcome.SIGNED_IN),
        (SignInMethod.CODE, SignInOutcome.WRONG),
        (SignInMethod.RECOVERY, SignInOutcome.WRONG),
        (SignInMethod.CODE, SignInOutcome.WRONG),
        (SignInMethod.RECOVERY, SignInOutcome.LOCKED_OUT),
    ]


def test_a_right_password_alone_does_not_forget_wrong_codes(viewer: User, settings: object) -> None:
    """Somebody who knows the password could guess codes for ever."""
    settings.SIGN_IN_FAILURES_PER_EMAIL = 3  # type: ignore[attr-defined]
    enrol(viewer)
    facts = {"address": "203.0.113.9", "user_agent": "UA", "door": Door.PAGE}
    for number in range(3):
        sign_in.verify_password(email=viewer.email, password="a long enough password 42", **facts)  # type: ignore[arg-type]
        with pytest.raises(SignInRefused):
            sign_in.verify_code(user=viewer, code=f"00000{number}", **facts)  # type: ignore[arg-type]

    with pytest.raises(SignInRefused) as locked:
        sign_in.verify_code(user=viewer, code=code_of(SECRET), **facts)  # type: ignore[arg-type]

    assert locked.value.outcome == SignInOutcome.LOCKED_OUT


def test_the_system_may_remove_factors(viewer: User) -> None:
    enrol(viewer)

    enrolling.remove_all(viewer, actor=SYSTEM)

    assert not second_factor.is_enrolled(viewer)


@pytest.mark.django_db(transaction=True)
def test_a_code_shown_twice_at_one_moment_opens_once(make_user: object) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite in memory has one writer and makes others fail")
    user: User = make_user("viewer")  # type: ignore[operator]
    codes = enrol(user)
    results: list[bool] = []
    together = threading.Barrier(6)

    def show() -> None:
        together.wait()
        results.append(second_factor.verify(user, codes[0]))
        connection.close()

    threads = [threading.Thread(target=show) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(results) == [False] * 5 + [True]
