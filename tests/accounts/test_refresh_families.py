"""A program's sign-in is a chain of refresh tokens: the newest alone is good, and an old one ends the chain."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import jwt
import pytest
import time_machine
from django.conf import settings
from django.db import connection

from accounts import bearers, membership, refresh_families
from accounts.audit import SYSTEM
from accounts.choices import AuditVerb, RevocationCause
from accounts.json_web_tokens import Pair
from accounts.models import AuditEntry, RefreshFamily, Role, User
from accounts.refresh_families import RefreshTokenReused, SecondFactorMissing
from accounts.refusals import (
    CredentialRefused,
    ExpiredCredential,
    HolderDisabled,
    RevokedCredential,
    WrongCredential,
)
from accounts.signals import refresh_token_reused

START = datetime(2030, 6, 1, 12, tzinfo=UTC)
HERE = {"address": "203.0.113.7", "user_agent": "curl/8"}


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """A clock that stands still until it is moved."""
    with time_machine.travel(START, tick=False) as moved:
        yield moved


@pytest.fixture
def reuses() -> Iterator[list[Any]]:
    """What was said of reused refresh tokens: family and address."""
    heard: list[Any] = []

    def hear(family: RefreshFamily, address: str | None, **kwargs: Any) -> None:
        heard.append((family, address))

    refresh_token_reused.connect(hear)
    yield heard
    refresh_token_reused.disconnect(hear)


def begin(user: User) -> Pair:
    return refresh_families.begin(actor=user, **HERE)


def refresh(pair: Pair, address: str = "203.0.113.7") -> Pair:
    return refresh_families.refresh(pair.refresh, address=address, user_agent="curl/8")


def refusal_of(pair: Pair) -> type[CredentialRefused] | None:
    try:
        bearers.bearer_of(pair.access, address=None)
    except CredentialRefused as refusal:
        return type(refusal)
    return None


def test_an_access_token_stands_for_its_person(viewer: User) -> None:
    bearer = bearers.bearer_of(begin(viewer).access, address=None)

    assert bearer.user == viewer
    assert bearer.user.through is None
    assert bearer.credential == RefreshFamily.objects.get()


def test_an_access_token_lives_for_minutes_and_a_refresh_token_for_days(
    viewer: User, clock: time_machine.Traveller
) -> None:
    pair = begin(viewer)
    assert pair.access_expires_at == START + timedelta(minutes=5)
    assert pair.refresh_expires_at == START + timedelta(days=14)

    clock.shift(301)
    assert refusal_of(pair) == ExpiredCredential
    assert refusal_of(refresh(pair)) is None
    clock.shift(timedelta(days=15))
    with pytest.raises(ExpiredCredential):
        refresh(pair)


def test_each_refresh_gives_a_new_chain_link_and_more_time(viewer: User, clock: time_machine.Traveller) -> None:
    first = begin(viewer)
    clock.shift(timedelta(days=13))
    second = refresh(first, address="198.51.100.9")

    family = RefreshFamily.objects.get()
    assert second.refresh != first.refresh
    assert (family.expires_at, family.address) == (START + timedelta(days=27), "198.51.100.9")
    clock.shift(timedelta(days=13))
    refresh(second)


def test_after_ninety_days_a_program_has_to_sign_in_again(viewer: User, clock: time_machine.Traveller) -> None:
    pair = begin(viewer)
    for _ in range(8):
        clock.shift(timedelta(days=11))
        pair = refresh(pair)
    clock.shift(timedelta(days=2) - timedelta(seconds=60))
    last = refresh(pair)
    assert (last.access_expires_at, last.refresh_expires_at) == (START + timedelta(days=90), START + timedelta(days=90))
    assert refusal_of(last) is None

    clock.shift(60)
    assert refusal_of(last) == ExpiredCredential
    with pytest.raises(ExpiredCredential):
        refresh(last)


@pytest.mark.django_db(transaction=True)
def test_an_old_refresh_token_ends_the_chain_for_everybody(viewer: User, reuses: list[Any]) -> None:
    first = begin(viewer)
    second = refresh(first)

    with pytest.raises(RefreshTokenReused):
        refresh(first, address="198.51.100.9")

    family = RefreshFamily.objects.get()
    assert family.revocation_cause == RevocationCause.REUSED
    assert refusal_of(second) == RevokedCredential
    with pytest.raises(RevokedCredential):
        refresh(second)
    assert reuses == [(family, "198.51.100.9")]
    entry = AuditEntry.objects.get(verb=AuditVerb.REFRESH_FAMILY_REVOKED)
    assert (entry.data, entry.target_id) == ({"cause": "reused"}, str(family.pk))


def test_other_chains_of_the_person_go_on(viewer: User) -> None:
    stolen, other = begin(viewer), begin(viewer)
    refresh(stolen)
    with pytest.raises(RefreshTokenReused):
        refresh(stolen)

    assert refusal_of(other) is None


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer")
@pytest.mark.django_db(transaction=True)
def test_of_two_refreshes_at_once_one_is_a_reuse(viewer: User, reuses: list[Any]) -> None:
    pair = begin(viewer)
    start = Barrier(2)

    def try_it() -> str:
        try:
            start.wait()
            refresh(pair)
        except RefreshTokenReused:
            return "reused"
        finally:
            connection.close()
        return "refreshed"

    with ThreadPoolExecutor(2) as threads:
        outcomes = sorted(one.result() for one in [threads.submit(try_it), threads.submit(try_it)])

    assert outcomes == ["refreshed", "reused"]
    assert len(reuses) == 1


def test_a_program_that_is_signed_out_is_out_at_once(viewer: User) -> None:
    pair = begin(viewer)
    refresh_families.end(RefreshFamily.objects.get(), actor=viewer)

    assert refusal_of(pair) == RevokedCredential
    with pytest.raises(RevokedCredential):
        refresh(pair)


def test_everywhere_is_every_program_of_this_person(viewer: User, outsider: User) -> None:
    pairs, others = [begin(viewer), begin(viewer)], begin(outsider)

    assert refresh_families.end_all(viewer, actor=viewer) == 2
    assert [refusal_of(pair) for pair in pairs] == [RevokedCredential, RevokedCredential]
    assert refusal_of(others) is None
    assert refresh_families.end_all(viewer, actor=viewer) == 0


def test_a_disabled_persons_programs_are_out_at_once(viewer: User) -> None:
    pair = begin(viewer)
    membership.disable_member(viewer, actor=SYSTEM)

    assert refusal_of(pair) == HolderDisabled
    with pytest.raises(HolderDisabled):
        refresh(pair)


def test_who_lacks_the_second_factor_that_the_role_asks_for_is_not_signed_in(viewer: User) -> None:
    pair = begin(viewer)
    Role.objects.filter(pk=viewer.role_id).update(requires_second_factor=True)
    viewer.role.refresh_from_db()

    with pytest.raises(SecondFactorMissing):
        begin(viewer)
    with pytest.raises(SecondFactorMissing):
        refresh(pair)


def test_a_refresh_token_is_no_access_token_and_the_other_way_round(viewer: User) -> None:
    pair = begin(viewer)

    with pytest.raises(WrongCredential):
        refresh_families.holder_of(pair.refresh)
    with pytest.raises(WrongCredential):
        refresh_families.refresh(pair.access, **HERE)


Forge = Callable[[dict[str, Any]], str]
FORGERIES: dict[str, Forge] = {
    "another key": lambda claims: jwt.encode(claims, "k" * 64, algorithm="HS256"),
    "no signature": lambda claims: jwt.encode(claims, None, algorithm="none"),
    "another algorithm": lambda claims: jwt.encode(claims, settings.JWT_KEY, algorithm="HS512"),
    "another issuer": lambda claims: jwt.encode({**claims, "iss": "x"}, settings.JWT_KEY, algorithm="HS256"),
    "no family": lambda claims: jwt.encode({**claims, "family": None}, settings.JWT_KEY, algorithm="HS256"),
    "unknown family": lambda claims: jwt.encode({**claims, "family": "0" * 32}, settings.JWT_KEY, algorithm="HS256"),
    "family of a list": lambda claims: jwt.encode({**claims, "family": []}, settings.JWT_KEY, algorithm="HS256"),
}


@pytest.mark.parametrize("forgery", FORGERIES)
@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
def test_a_forged_token_is_wrong(viewer: User, forgery: str) -> None:
    claims = jwt.decode(begin(viewer).access, options={"verify_signature": False})

    with pytest.raises(WrongCredential):
        refresh_families.holder_of(FORGERIES[forgery](claims))


@pytest.mark.parametrize("text", ["", ".", "a.b.c", "x" * 10_000, "💣", "\x00"])
@pytest.mark.django_db
def test_garbage_is_wrong(text: str) -> None:
    with pytest.raises(WrongCredential):
        refresh_families.holder_of(text)
    with pytest.raises(WrongCredential):
        refresh_families.refresh(text, **HERE)


def test_the_texts_are_kept_nowhere(viewer: User) -> None:
    pair = begin(viewer)

    kept = str(RefreshFamily.objects.values_list().get()) + str(list(AuditEntry.objects.values_list()))
    assert pair.refresh not in kept
    assert pair.access not in kept
    assert pair.refresh not in repr(pair)
    assert pair.access not in repr(pair)
