"""The page of access rules: order, changes, refusals in words, and the question."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts import access_rules
from accounts.audit import SYSTEM
from accounts.models import AccessRule, User

PAGE = "/administration/access-rules/"
OFFICE = "203.0.113.7"
FORM = {"action": "deny", "surface": "", "network": "198.51.100.0/24", "country": "", "note": "Scanner", "active": "on"}


@pytest.fixture
def browser(page_of: Callable[[User], Client], admin: User) -> Client:
    """An administrator at the office."""
    client = page_of(admin)
    client.defaults["REMOTE_ADDR"] = OFFICE
    return client


@pytest.fixture
def two_rules(db: None) -> list[AccessRule]:
    return [
        access_rules.add_rule(actor=SYSTEM, action="allow", network="203.0.113.0/24"),
        access_rules.add_rule(actor=SYSTEM, action="deny", network="198.51.100.0/24", note="Scanner"),
    ]


def text_of(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def test_without_rules_the_page_says_so(browser: Client) -> None:
    assert "Everybody is let in." in text_of(browser.get(PAGE))


def test_a_rule_is_added_changed_and_removed(browser: Client) -> None:
    assert browser.post(f"{PAGE}add/", FORM).status_code == 302
    rule = AccessRule.objects.get()
    assert (rule.network, rule.note, rule.position) == ("198.51.100.0/24", "Scanner", 10)

    changed = {**FORM, "network": "", "country": "us", "position": "10", "until": "2099-01-31T12:00"}
    assert browser.post(f"{PAGE}{rule.pk}/", changed).status_code == 302
    rule.refresh_from_db()
    assert (rule.country, str(rule.until)) == ("US", "2099-01-31 12:00:00+00:00")
    assert 'value="2099-01-31T12:00:00"' in text_of(browser.get(f"{PAGE}{rule.pk}/"))

    assert "Remove rule" in text_of(browser.get(f"{PAGE}{rule.pk}/remove/"))
    browser.post(f"{PAGE}{rule.pk}/remove/")
    assert not AccessRule.objects.exists()


def test_a_rule_that_has_ended_can_still_be_edited(browser: Client) -> None:
    rule = access_rules.add_rule(
        actor=SYSTEM, action="deny", network="192.0.2.7", until=timezone.now() + timedelta(hours=1)
    )
    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        shown = re.search(r'name="until" value="([^"]+)"', text_of(browser.get(f"{PAGE}{rule.pk}/")))
        assert shown is not None
        answer = browser.post(f"{PAGE}{rule.pk}/", {**FORM, "position": "10", "until": shown[1]})

    assert answer.status_code == 302
    rule.refresh_from_db()
    assert rule.note == "Scanner"


def test_a_form_that_makes_no_sense_comes_back_with_words(browser: Client) -> None:
    answer = browser.post(f"{PAGE}add/", {**FORM, "network": "gate.example"})

    assert answer.status_code == 422
    assert "Write an address or a CIDR" in text_of(answer)


def test_whoever_would_lock_themselves_out_reads_why(browser: Client, two_rules: list[AccessRule]) -> None:
    answer = browser.post(f"{PAGE}add/", {**FORM, "network": OFFICE, "position": "1"})

    assert answer.status_code == 422
    assert "This would turn you away yourself" in text_of(answer)
    assert AccessRule.objects.count() == 2


def test_rules_are_moved(browser: Client, two_rules: list[AccessRule]) -> None:
    browser.post(f"{PAGE}{two_rules[1].pk}/move/", {"way": "earlier"})

    assert list(AccessRule.objects.all()) == two_rules[::-1]


def test_taking_away_ones_own_way_in_is_refused_on_the_list(
    browser: Client, two_rules: list[AccessRule], settings: Any
) -> None:
    settings.ACCESS_DEFAULT = "deny"

    answer = browser.post(f"{PAGE}{two_rules[0].pk}/remove/", follow=True)

    assert "This would turn you away yourself" in text_of(answer)
    assert AccessRule.objects.count() == 2


def test_the_page_answers_what_would_become_of_an_address(browser: Client, two_rules: list[AccessRule]) -> None:
    answer = text_of(browser.get(PAGE, {"address": "198.51.100.7", "surface": "portal"}))

    assert "Turned away" in answer
    assert f"Rule {two_rules[1].pk} says so" in answer
    assert browser.get(PAGE, {"address": "nowhere", "surface": "portal"}).status_code == 422


def test_a_missing_country_database_is_told(
    browser: Client, two_rules: list[AccessRule], settings: Any, tmp_path: Path
) -> None:
    access_rules.add_rule(actor=SYSTEM, action="deny", country="US")
    assert "There is no country database" not in text_of(browser.get(PAGE))
    settings.COUNTRY_DATABASE = tmp_path / "missing.mmdb"

    answer = text_of(browser.get(PAGE))

    assert "There is no country database" in answer
    assert "Cannot be evaluated" in answer


def test_who_seems_to_come_from_this_machine_is_told_about_proxies(
    page_of: Callable[[User], Client], admin: User
) -> None:
    assert "VMS_TRUSTED_PROXIES" in text_of(page_of(admin).get(PAGE))


@pytest.mark.parametrize("path", ["", "add/", "{rule}/", "{rule}/remove/"])
def test_others_are_refused(
    page_of: Callable[[User], Client], operator: User, two_rules: list[AccessRule], path: str
) -> None:
    address = PAGE + path.replace("{rule}", str(two_rules[0].pk))

    assert page_of(operator).get(address).status_code == 403
    assert page_of(operator).post(address, FORM).status_code in (403, 405)
