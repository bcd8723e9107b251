"""The first rule that fits decides, nobody locks themselves out, and what is changed is audited."""

from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import DatabaseError
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts import access_decisions, access_rules
from accounts.access_decisions import allows, decide
from accounts.access_rules import LocksAuthorOut, Seat
from accounts.audit import SYSTEM
from accounts.choices import AuditVerb, RuleAction, Surface
from accounts.models import AccessRule, AuditEntry, User

pytestmark = pytest.mark.django_db
AddRule = Callable[..., AccessRule]
OFFICE, ELSEWHERE = "203.0.113.7", "198.51.100.9"
AMERICAN, GERMAN = "8.8.8.8", "194.25.0.60"


@pytest.fixture
def add() -> AddRule:
    """`add("deny", network="203.0.113.0/24", surface="api")`."""

    def rule(action: str, **facts: Any) -> AccessRule:
        return access_rules.add_rule(actor=SYSTEM, action=action, **facts)

    return rule


@pytest.fixture
def no_countries(settings: Any, tmp_path: Path) -> None:
    settings.COUNTRY_DATABASE = tmp_path / "missing.mmdb"


def test_without_rules_everybody_is_let_in() -> None:
    assert access_decisions.is_open()
    assert allows(ELSEWHERE, Surface.PORTAL)
    assert allows(None, Surface.PUBLISH)


def test_the_default_decides_where_no_rule_fits(settings: Any, add: AddRule) -> None:
    settings.ACCESS_DEFAULT = "deny"
    add("allow", network="203.0.113.0/24")

    assert allows(OFFICE, Surface.PORTAL)
    decision = decide(ELSEWHERE, Surface.PORTAL)
    assert (decision.is_allowed, decision.rule_id) == (False, None)
    assert "default" in decision.reason
    assert not allows(None, Surface.PORTAL)


def test_the_first_rule_that_fits_decides(add: AddRule) -> None:
    one = add("allow", network=OFFICE)
    rest = add("deny", network="203.0.113.0/24")

    assert (decide(OFFICE, Surface.API).rule_id, allows(OFFICE, Surface.API)) == (one.pk, True)
    assert (decide("203.0.113.8", Surface.API).rule_id, allows("203.0.113.8", Surface.API)) == (rest.pk, False)
    assert decide(ELSEWHERE, Surface.API).rule_id is None


def test_a_rule_may_be_for_one_surface_only(add: AddRule) -> None:
    add("deny", network="203.0.113.0/24", surface="publish")

    assert {surface for surface in Surface if not allows(OFFICE, surface)} == {Surface.PUBLISH}


def test_an_address_in_other_clothes_is_the_same(add: AddRule) -> None:
    add("deny", network="203.0.113.0/24")
    add("deny", network="2001:db8::/32")

    assert not allows("::ffff:203.0.113.7", Surface.PORTAL)
    assert not allows("2001:DB8:0::1", Surface.PORTAL)


def test_a_rule_may_be_about_a_country(add: AddRule) -> None:
    rule = add("deny", country="us")

    assert not allows(AMERICAN, Surface.PORTAL)
    assert allows(GERMAN, Surface.PORTAL)
    assert allows("10.1.2.3", Surface.PORTAL)
    assert (decide(AMERICAN, Surface.PORTAL).country, rule.country) == ("US", "US")


@pytest.mark.parametrize(("default", "let_in"), [("allow", True), ("deny", False)])
def test_without_a_database_a_country_decides_nothing(
    settings: Any, no_countries: None, add: AddRule, default: str, let_in: bool
) -> None:
    settings.ACCESS_DEFAULT = default
    rules = [add("deny", country="US"), add("allow", country="DE")]

    decision = decide(AMERICAN, Surface.PORTAL)

    assert (decision.is_allowed, decision.rule_id) == (let_in, None)
    assert decision.not_evaluated == tuple(rule.pk for rule in rules)


def test_without_a_database_rules_about_networks_hold(no_countries: None, add: AddRule) -> None:
    add("allow", country="DE")
    add("deny", network="8.8.8.0/24")

    assert not allows(AMERICAN, Surface.PORTAL)


def test_a_rule_ends_by_itself(add: AddRule) -> None:
    rule = add("deny", network=OFFICE, until=timezone.now() + timedelta(hours=1))

    assert not decide(OFFICE, Surface.API).is_allowed
    assert decide(OFFICE, Surface.API, now=timezone.now() + timedelta(hours=2)).is_allowed
    assert rule.active


def test_a_rule_that_is_switched_off_is_not_asked(add: AddRule) -> None:
    rule = add("deny", network=OFFICE)
    access_rules.edit_rule(rule, actor=SYSTEM, active=False)

    assert allows(OFFICE, Surface.API)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
def test_this_machine_is_never_turned_away(settings: Any, add: AddRule, address: str) -> None:
    settings.ACCESS_DEFAULT = "deny"
    add("deny", network="0.0.0.0/0")
    add("deny", network="::/0")

    assert {allows(address, surface) for surface in Surface} == {True}


def test_asking_costs_no_query(add: AddRule, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    add("deny", network="203.0.113.0/24")
    allows(OFFICE, Surface.PUBLISH)

    with django_assert_num_queries(0):
        verdicts = [allows(f"203.0.113.{number}", Surface.PUBLISH) for number in range(200)]

    assert not any(verdicts)


def test_what_another_process_has_changed_holds_within_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    assert allows(OFFICE, Surface.API)
    AccessRule.objects.create(action=RuleAction.DENY, network=OFFICE)
    assert allows(OFFICE, Surface.API)

    monkeypatch.setattr(access_decisions, "KEPT_SECONDS", 0.0)

    assert not allows(OFFICE, Surface.API)


def test_rules_hold_on_while_the_database_is_away(add: AddRule, monkeypatch: pytest.MonkeyPatch) -> None:
    add("deny", network=OFFICE)
    assert not allows(OFFICE, Surface.API)
    monkeypatch.setattr(access_decisions, "KEPT_SECONDS", 0.0)

    def away(*_: object, **__: object) -> None:
        raise DatabaseError("away")

    monkeypatch.setattr(AccessRule.objects, "filter", away)

    assert not allows(OFFICE, Surface.API)


def test_rules_have_one_spelling(add: AddRule) -> None:
    assert add("deny", network=" 203.0.113.7/24 ").network == "203.0.113.0/24"
    assert add("deny", network="::ffff:203.0.113.7").network == "203.0.113.7"
    assert add("deny", country=" de ").country == "DE"


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"network": "203.0.113.0/33"}, "network"),
        ({"network": "example.com"}, "network"),
        ({"country": "Germany"}, "country"),
        ({"country": "D1"}, "country"),
        ({"network": OFFICE, "country": "DE"}, "__all__"),
        ({}, "__all__"),
        ({"network": OFFICE, "surface": "kitchen"}, "surface"),
        ({"network": OFFICE, "action": "perhaps"}, "action"),
        ({"network": OFFICE, "until": timezone.now() - timedelta(hours=1)}, "until"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_with_the_field(facts: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as error:
        access_rules.add_rule(actor=SYSTEM, **{"action": "deny", **facts})

    assert field in error.value.message_dict


def test_new_rules_are_asked_last_unless_told(add: AddRule) -> None:
    rules = [add("deny", network="192.0.2.0/24"), add("deny", network="192.0.2.0/25"), add("allow", network=OFFICE)]
    first = add("allow", network="192.0.2.1", position=1)

    assert list(AccessRule.objects.all()) == [first, *rules]


def test_rules_can_be_moved(admin: User, add: AddRule) -> None:
    first, second, third = (
        add("allow", network="192.0.2.1"),
        add("deny", network="192.0.2.2"),
        add("deny", network=OFFICE),
    )

    access_rules.move_rule(third, earlier=True, actor=admin)
    access_rules.move_rule(first, earlier=True, actor=admin)
    access_rules.move_rule(first, earlier=False, actor=admin)

    assert list(AccessRule.objects.all()) == [third, first, second]


def test_nobody_turns_themselves_away(admin: User, add: AddRule) -> None:
    seat = Seat(OFFICE, Surface.PORTAL)

    with pytest.raises(LocksAuthorOut, match=r"203\.0\.113\.7.*deny 203\.0\.113\.0/24"):
        access_rules.add_rule(actor=admin, seat=seat, action="deny", network="203.0.113.0/24")
    assert not AccessRule.objects.exists()
    assert allows(OFFICE, Surface.PORTAL)

    assert access_rules.add_rule(actor=admin, seat=seat, action="deny", network="203.0.113.0/24", surface="publish")
    assert access_rules.add_rule(
        actor=admin, seat=Seat(ELSEWHERE, Surface.PORTAL), action="deny", network="192.0.2.0/24"
    )


def test_nobody_turns_themselves_away_by_taking_a_rule_away(settings: Any, admin: User, add: AddRule) -> None:
    settings.ACCESS_DEFAULT = "deny"
    way_in, other = add("allow", network="203.0.113.0/24"), add("deny", network="203.0.113.128/25")
    seat = Seat("203.0.113.200", Surface.API)

    with pytest.raises(LocksAuthorOut):
        access_rules.remove_rule(way_in, actor=admin, seat=seat)
    with pytest.raises(LocksAuthorOut):
        access_rules.edit_rule(way_in, actor=admin, seat=seat, active=False)
    with pytest.raises(LocksAuthorOut):
        access_rules.move_rule(other, earlier=True, actor=admin, seat=seat)

    assert list(AccessRule.objects.filter(active=True)) == [way_in, other]
    assert allows("203.0.113.200", Surface.API)


def test_changes_are_audited(admin: User, add: AddRule) -> None:
    rule = access_rules.add_rule(actor=admin, action="deny", network=OFFICE, note="Scanner")
    access_rules.edit_rule(rule, actor=admin, note="Scanner of 2024", active=True)
    access_rules.remove_rule(rule, actor=admin)

    added, edited, removed = AuditEntry.objects.filter(actor=admin).order_by("pk")
    assert (added.verb, added.data["rule"]["network"]) == (AuditVerb.ACCESS_RULE_ADDED, OFFICE)
    assert edited.data == {"before": {"note": "Scanner"}, "after": {"note": "Scanner of 2024"}}
    assert (removed.verb, removed.data["rule"]["note"]) == (AuditVerb.ACCESS_RULE_REMOVED, "Scanner of 2024")


def test_an_edit_that_changes_nothing_leaves_no_entry(admin: User, add: AddRule) -> None:
    rule = add("deny", network=OFFICE)
    access_rules.edit_rule(rule, actor=admin, network=f"{OFFICE}/32")

    assert not AuditEntry.objects.filter(actor=admin).exists()


def test_the_shell_leads_back_in(settings: Any, add: AddRule) -> None:
    settings.ACCESS_DEFAULT = "deny"
    add("deny", network="0.0.0.0/0")
    out = StringIO()

    call_command("clear_access_rules", stdout=out)

    assert "1 access rule" in out.getvalue()
    assert "VMS_ACCESS_DEFAULT" in out.getvalue()
    assert AccessRule.objects.get().active is False
    assert AuditEntry.objects.filter(verb=AuditVerb.ACCESS_RULE_EDITED, actor_label="system").exists()
    settings.ACCESS_DEFAULT = "allow"
    assert allows(OFFICE, Surface.PORTAL)
