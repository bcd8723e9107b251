"""An API token opens what was meant, for as long and from where it was meant; of its secret nothing is kept."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import api_tokens, membership
from accounts.api_tokens import IssuedToken, ThroughToken, TokenIsRevoked, TokenNotYours
from accounts.audit import SYSTEM
from accounts.choices import AuditVerb
from accounts.delegation import MoreThanYouHold
from accounts.models import ApiToken, AuditEntry, Role, User
from accounts.refusals import (
    CredentialFromElsewhere,
    CredentialRefused,
    ExpiredCredential,
    HolderDisabled,
    RevokedCredential,
    WrongCredential,
)
from accounts.scopes import Scope

START = datetime(2030, 6, 1, 12, tzinfo=UTC)
HOME = "203.0.113.7"


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    """A clock that stands still until it is moved."""
    with time_machine.travel(START, tick=False) as moved:
        yield moved


@pytest.fixture
def robot(make_user: Callable[..., User]) -> User:
    """A service account."""
    return membership.add_member(
        email="robot@vms.example",
        name="Robot",
        role=Role.objects.get(name="api_only"),
        password=None,
        actor=SYSTEM,
        is_service=True,
    )


def issue(owner: User, **facts: Any) -> IssuedToken:
    return api_tokens.issue(**{"owner": owner, "actor": owner, "name": "Wall", "scopes": [Scope.CAMERAS_READ], **facts})


def refusal_of(text: str, address: str | None = HOME) -> type[CredentialRefused] | None:
    try:
        api_tokens.verify(text, address=address)
    except CredentialRefused as refusal:
        return type(refusal)
    return None


def test_a_token_is_shown_once_and_only_a_digest_is_kept(viewer: User) -> None:
    issued = issue(viewer)

    _, secret = issued.text.split(".")
    kept = str(ApiToken.objects.values_list().get()) + str(list(AuditEntry.objects.values_list()))
    assert issued.text.startswith(f"vms_{issued.token.key}.")
    assert secret not in kept
    assert secret not in repr(issued)


def test_a_token_that_is_shown_is_found_with_its_owner(viewer: User) -> None:
    issued = issue(viewer)

    assert api_tokens.verify(issued.text, address=HOME).owner == viewer


def test_unknown_key_and_wrong_secret_are_the_same_to_whoever_tries(viewer: User) -> None:
    text = issue(viewer).text
    wrong_secret = text[:-1] + ("a" if text[-1] != "a" else "b")
    wrong_key = "vms_" + "0" * 12 + text[16:]

    told = []
    for shown in (wrong_secret, wrong_key):
        with CaptureQueriesContext(connection) as asked, pytest.raises(WrongCredential) as refusal:
            api_tokens.verify(shown, address=HOME)
        told.append((str(refusal.value), len(asked)))
    assert told[0] == told[1]


@pytest.mark.parametrize(
    "text", ["", "vms_", "vms_a.b", "x" * 10_000, "vms_" + "ä" * 12 + "." + "a" * 43, "vms_\x00.\x00"]
)
@pytest.mark.django_db
def test_what_does_not_look_like_a_token_is_wrong(text: str) -> None:
    assert refusal_of(text) == WrongCredential


def test_a_token_ends_when_it_was_said_to(viewer: User, clock: time_machine.Traveller) -> None:
    text = issue(viewer, expires_at=START + timedelta(days=1)).text

    clock.shift(timedelta(days=1) - timedelta(seconds=1))
    assert refusal_of(text) is None
    clock.shift(timedelta(seconds=1))
    assert refusal_of(text) == ExpiredCredential


def test_a_revoked_token_opens_nothing_and_stays_as_it_is(viewer: User) -> None:
    issued = issue(viewer)
    api_tokens.revoke(issued.token, actor=viewer)
    api_tokens.revoke(issued.token, actor=viewer)

    assert refusal_of(issued.text) == RevokedCredential
    with pytest.raises(TokenIsRevoked):
        api_tokens.rotate(issued.token, actor=viewer)
    with pytest.raises(TokenIsRevoked):
        api_tokens.edit(issued.token, actor=viewer, name="Other")
    assert AuditEntry.objects.filter(verb=AuditVerb.API_TOKEN_REVOKED).count() == 1


def test_a_disabled_owners_token_opens_nothing(viewer: User) -> None:
    text = issue(viewer).text
    membership.disable_member(viewer, actor=SYSTEM)

    assert refusal_of(text) == HolderDisabled


@pytest.mark.parametrize(
    ("address", "opens"),
    [
        ("203.0.113.7", True),
        ("::ffff:203.0.113.7", True),
        ("203.0.114.7", False),
        ("2001:db8::5", True),
        ("2001:db9::5", False),
        ("198.51.100.4", True),
        (None, False),
    ],
)
def test_a_token_is_good_from_its_networks_only(viewer: User, address: str | None, opens: bool) -> None:
    text = issue(viewer, networks=["203.0.113.0/24", " 2001:db8::/32 ", "198.51.100.4"]).text

    assert refusal_of(text, address) == (None if opens else CredentialFromElsewhere)


def test_whoever_does_not_know_the_secret_learns_nothing_of_a_token(viewer: User) -> None:
    issued = issue(viewer, networks=["198.51.100.0/24"])
    api_tokens.revoke(issued.token, actor=viewer)

    assert refusal_of(issued.text[:-1] + "!") == WrongCredential
    assert refusal_of(issued.text[:-1] + ("a" if issued.text[-1] != "a" else "b")) == WrongCredential


def test_use_is_written_once_a_minute(viewer: User, clock: time_machine.Traveller) -> None:
    text = issue(viewer).text

    def writes_of(uses: int) -> int:
        with CaptureQueriesContext(connection) as asked:
            for _ in range(uses):
                api_tokens.verify(text, address=HOME)
        return sum(query["sql"].startswith("UPDATE") for query in asked.captured_queries)

    assert writes_of(5) == 1
    clock.shift(59)
    assert writes_of(5) == 0
    clock.shift(1)
    assert writes_of(5) == 1
    token = ApiToken.objects.get()
    assert (token.last_used_at, token.last_used_address) == (START + timedelta(seconds=60), HOME)


def test_of_requests_at_the_same_moment_one_writes(viewer: User) -> None:
    text = issue(viewer).text
    unused = ApiToken.objects.get()
    api_tokens.verify(text, address=HOME)

    api_tokens._note_use(unused, START, "198.51.100.9")

    assert ApiToken.objects.get().last_used_address == HOME


def test_a_token_holds_no_more_than_the_owners_role(viewer: User) -> None:
    with pytest.raises(ValidationError, match="does not hold cameras:write"):
        issue(viewer, scopes=[Scope.CAMERAS_READ, Scope.CAMERAS_WRITE])
    with pytest.raises(ValidationError, match="does not hold"):
        issue(viewer, scopes=["no:such"])
    with pytest.raises(ValidationError, match="at least one"):
        issue(viewer, scopes=[])


def test_a_scope_that_the_owner_loses_is_lost_to_the_token(operator: User) -> None:
    text = issue(operator, scopes=[Scope.CAMERAS_READ, Scope.CAMERAS_WRITE]).text
    membership.give_role(operator, Role.objects.get(name="viewer"), actor=SYSTEM)

    token = api_tokens.verify(text, address=HOME)
    person = token.owner
    person.through = token
    assert person.has_scope(Scope.CAMERAS_READ)
    assert not person.has_scope(Scope.CAMERAS_WRITE)


@pytest.mark.parametrize(
    ("fact", "value"),
    [
        ("networks", ["203.0.113.0/33"]),
        ("networks", ["everywhere"]),
        ("networks", [f"10.0.0.{number}" for number in range(51)]),
        ("expires_at", START),
        ("requests_per_minute", 0),
        ("name", ""),
    ],
)
def test_what_cannot_work_is_told_at_its_field(viewer: User, fact: str, value: object) -> None:
    with pytest.raises(ValidationError) as error:
        issue(viewer, **{fact: value})
    assert list(error.value.error_dict) == [fact]
    assert not ApiToken.objects.exists()


def test_after_a_rotation_the_old_secret_is_good_for_the_overlap(viewer: User, clock: time_machine.Traveller) -> None:
    old = issue(viewer)
    new = api_tokens.rotate(old.token, actor=viewer, overlap=timedelta(hours=1))

    assert new.text.partition(".")[0] == old.text.partition(".")[0]
    assert [refusal_of(old.text), refusal_of(new.text)] == [None, None]
    clock.shift(3600)
    assert [refusal_of(old.text), refusal_of(new.text)] == [WrongCredential, None]


def test_without_an_overlap_the_old_secret_ends_at_once(viewer: User) -> None:
    old = issue(viewer)
    new = api_tokens.rotate(old.token, actor=viewer)

    assert [refusal_of(old.text), refusal_of(new.text)] == [WrongCredential, None]


def test_at_most_two_secrets_are_good_at_a_time(viewer: User) -> None:
    first = issue(viewer)
    second = api_tokens.rotate(first.token, actor=viewer, overlap=timedelta(days=7))
    third = api_tokens.rotate(first.token, actor=viewer, overlap=timedelta(days=7))

    assert [refusal_of(one.text) for one in (first, second, third)] == [WrongCredential, None, None]


@pytest.mark.parametrize("overlap", [timedelta(seconds=-1), timedelta(days=7, seconds=1)])
def test_an_overlap_is_a_week_at_most(viewer: User, overlap: timedelta) -> None:
    with pytest.raises(ValidationError, match="0 to 7 days"):
        api_tokens.rotate(issue(viewer).token, actor=viewer, overlap=overlap)


def test_an_edit_is_kept_with_what_was_before(viewer: User) -> None:
    token = issue(viewer).token
    api_tokens.edit(token, actor=viewer, name="Hall", networks=["203.0.113.0/24"], scopes=[Scope.CAMERAS_READ])

    entry = AuditEntry.objects.get(verb=AuditVerb.API_TOKEN_EDITED)
    assert entry.data == {
        "before": {"name": "Wall", "networks": []},
        "after": {"name": "Hall", "networks": ["203.0.113.0/24"]},
        "reach": None,
    }


def test_nobody_makes_a_token_in_another_persons_name(admin: User, viewer: User) -> None:
    with pytest.raises(TokenNotYours):
        issue(viewer, actor=admin)
    with pytest.raises(TokenNotYours):
        api_tokens.rotate(issue(viewer).token, actor=admin)


def test_an_administrator_makes_tokens_for_service_accounts(admin: User, viewer: User, robot: User) -> None:
    text = issue(robot, actor=admin).text

    assert refusal_of(text) is None
    with pytest.raises(TokenNotYours):
        issue(robot, actor=viewer)


def test_who_looks_after_tokens_gets_no_more_by_them_than_they_hold(
    make_user: Callable[..., User], robot: User
) -> None:
    clerk = make_user("viewer", "clerk@vms.example")
    clerk.role = Role.objects.create(name="clerk", label="Clerk", scopes=[Scope.TOKENS_WRITE, Scope.TOKENS_ALL])
    clerk.save()

    with pytest.raises(MoreThanYouHold):
        issue(robot, actor=clerk)


def test_a_token_makes_no_tokens_and_does_not_change_itself(admin: User) -> None:
    issued = issue(admin, scopes=list(Scope))
    through = User.objects.select_related("role").get(pk=admin.pk)
    through.through = issued.token

    with pytest.raises(ThroughToken):
        issue(through)
    with pytest.raises(ThroughToken):
        api_tokens.rotate(issued.token, actor=through)
    with pytest.raises(ThroughToken):
        api_tokens.edit(issued.token, actor=through, expires_at=None)


def test_what_is_done_through_a_token_says_so_in_the_audit(operator: User) -> None:
    token = issue(operator).token
    through = User.objects.select_related("role").get(pk=operator.pk)
    through.through = token
    api_tokens.revoke(token, actor=through)

    entry = AuditEntry.objects.get(verb=AuditVerb.API_TOKEN_REVOKED)
    assert (entry.actor, entry.token) == (operator, token)
