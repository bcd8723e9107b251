"""Access rules through the API: kept, changed, refused when they lock out, and asked."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts import access_rules
from accounts.audit import SYSTEM
from accounts.models import AccessRule, AuditEntry, User

RULES = "/api/v1/access-rules/"
OFFICE = "203.0.113.7"
Problem = Callable[..., dict[str, Any]]


@pytest.fixture
def api(api_of: Callable[[User], APIClient], admin: User) -> APIClient:
    """An administrator at the office."""
    client = api_of(admin)
    client.defaults["REMOTE_ADDR"] = OFFICE
    return client


def test_an_administrator_adds_changes_and_removes_a_rule(api: APIClient, admin: User) -> None:
    until = f"{timezone.now() + timedelta(days=1):%Y-%m-%dT%H:%M:%S}.000Z"
    facts = {"action": "deny", "network": "198.51.100.7/24", "surface": "api", "note": "Scanner", "until": until}

    made = api.post(RULES, facts)

    assert made.status_code == 201, made.content
    told = made.json()
    assert {name: told[name] for name in facts} == facts | {"network": "198.51.100.0/24"}
    assert (told["position"], told["active"], told["state"]) == (10, True, "in_force")

    url = f"{RULES}{told['id']}/"
    assert api.patch(url, {"active": False}).json()["state"] == "switched_off"
    assert api.patch(url, {"network": "", "country": "de"}).json()["country"] == "DE"
    assert api.get(url).json()["note"] == "Scanner"
    assert api.delete(url).status_code == 204
    assert api.get(url).status_code == 404
    assert AuditEntry.objects.filter(actor=admin, target_type="accounts.accessrule").count() == 4


@pytest.mark.parametrize(
    ("facts", "pointer"),
    [
        ({"network": "nonsense"}, "/network"),
        ({"country": "Germany"}, "/country"),
        ({"network": OFFICE, "country": "DE"}, ""),
        ({}, ""),
        ({"network": "192.0.2.1", "action": "maybe"}, "/action"),
        ({"network": "192.0.2.1", "until": "2020-01-01T00:00:00Z"}, "/until"),
        ({"network": "192.0.2.1", "position": -1}, "/position"),
    ],
)
def test_what_makes_no_sense_is_told_by_field(
    api: APIClient, problem_of: Problem, facts: dict[str, Any], pointer: str
) -> None:
    told = problem_of(api.post(RULES, {"action": "deny", **facts}), 400, "invalid")

    assert [error["pointer"] for error in told["errors"]] == [pointer]


def test_a_rule_that_would_lock_its_author_out_is_refused(api: APIClient, problem_of: Problem) -> None:
    facts = {"action": "deny", "network": "203.0.113.0/24"}

    told = problem_of(api.post(RULES, facts), 409, "locks-author-out")

    assert OFFICE in told["detail"]
    assert not AccessRule.objects.exists()
    assert api.post(RULES, {**facts, "surface": "publish"}).status_code == 201


def test_rules_are_listed_in_their_order(api: APIClient) -> None:
    for number in (30, 10, 20):
        access_rules.add_rule(actor=SYSTEM, action="deny", network=f"192.0.2.{number}", position=number)

    listed = api.get(RULES).json()["results"]

    assert [rule["position"] for rule in listed] == [10, 20, 30]
    assert api.get(f"{RULES}?surface=api").json()["count"] == 0
    assert api.get(f"{RULES}?action=deny&ordering=-position").json()["results"][0]["position"] == 30


def test_one_asks_what_would_become_of_an_address(api: APIClient, problem_of: Problem) -> None:
    rule = access_rules.add_rule(actor=SYSTEM, action="deny", network="198.51.100.0/24", surface="playback")

    refused = api.post(f"{RULES}check/", {"address": "198.51.100.9", "surface": "playback"}).json()
    let_in = api.post(f"{RULES}check/", {"address": "::ffff:198.51.100.9", "surface": "portal"}).json()

    assert (refused["is_allowed"], refused["rule_id"]) == (False, rule.pk)
    assert f"Rule {rule.pk}" in refused["reason"]
    assert (let_in["is_allowed"], let_in["rule_id"], let_in["address"]) == (True, None, "198.51.100.9")
    problem_of(api.post(f"{RULES}check/", {"address": "nowhere", "surface": "portal"}), 400, "invalid")


@pytest.mark.parametrize("role", ["operator", "viewer"])
def test_others_may_not_even_look(
    make_user: Callable[..., User], api_of: Callable[[User], APIClient], role: str
) -> None:
    rule = access_rules.add_rule(actor=SYSTEM, action="deny", network="198.51.100.0/24")
    client = api_of(make_user(role))

    answers = [
        client.get(RULES),
        client.post(RULES, {"action": "deny", "network": "192.0.2.1"}),
        client.get(f"{RULES}{rule.pk}/"),
        client.patch(f"{RULES}{rule.pk}/", {"active": False}),
        client.delete(f"{RULES}{rule.pk}/"),
        client.post(f"{RULES}check/", {"address": "192.0.2.1", "surface": "api"}),
    ]

    assert {answer.status_code for answer in answers} == {403}
