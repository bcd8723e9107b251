"""Security events and rules in the API and on their pages."""

from collections.abc import Callable

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import AccessRule, User
from alerts import security_events
from alerts.choices import ResponseKind, RuleName
from alerts.models import SecurityEvent, SecurityRule
from alerts.security.finding import Finding

EVENTS, RULES = "/api/v1/security-events/", "/api/v1/security-rules/"


@pytest.fixture
def event(db: None, operator: User, answers_with: Callable[..., None]) -> SecurityEvent:
    """An address that was blocked."""
    answers_with(RuleName.KEY_GUESSING, ResponseKind.BLOCK_ADDRESS)
    found = Finding("address 203.0.113.7", address="203.0.113.7", user_id=operator.pk, facts={"names": 12})
    made = security_events.raise_event(RuleName.KEY_GUESSING, found)
    assert made is not None
    return made


def test_a_program_reads_acknowledges_and_undoes(
    api_of: Callable[[User], APIClient], admin: User, event: SecurityEvent
) -> None:
    client, address = api_of(admin), f"{EVENTS}{event.pk}/"
    told = client.get(f"{EVENTS}?rule=key_guessing&state=open&address=203.0.113.7").json()["results"]

    assert [(row["id"], row["response_state"], row["facts"]) for row in told] == [
        (event.pk, "carried_out", {"names": 12})
    ]
    assert client.post(f"{address}acknowledge/").json()["acknowledged_by"] == admin.pk
    assert client.post(f"{address}undo/").json()["response_state"] == "undone"
    assert not AccessRule.objects.exists()
    assert client.post(f"{address}undo/").status_code == 409


def test_rules_are_read_and_changed(api_of: Callable[[User], APIClient], admin: User) -> None:
    client = api_of(admin)

    assert {row["name"] for row in client.get(RULES).json()["results"]} == set(RuleName)
    assert client.patch(f"{RULES}key_guessing/", {"threshold": 30}).json()["threshold"] == 30
    assert client.patch(f"{RULES}key_guessing/", {"response_mode": "maybe"}).status_code == 400
    assert client.get(f"{RULES}no_rule/").status_code == 404


def test_operators_see_nothing_of_it(api_of: Callable[[User], APIClient], operator: User, event: SecurityEvent) -> None:
    client = api_of(operator)

    assert client.get(EVENTS).status_code == client.get(RULES).status_code == 403
    assert client.post(f"{EVENTS}{event.pk}/undo/").status_code == 403


def test_the_pages(page_of: Callable[[User], Client], admin: User, event: SecurityEvent) -> None:
    browser, page = page_of(admin), "/administration/security/"
    shown = browser.get(page).content.decode()

    assert "203.0.113.7" in shown
    assert "Block the address for a time" in shown
    assert browser.post(f"{page}{event.pk}/acknowledge/").url == page
    assert browser.post(f"{page}{event.pk}/undo/").url == page
    assert "Nothing was done" in browser.post(f"{page}{event.pk}/undo/", follow=True).content.decode()
    assert "Nothing found" in browser.get(f"{page}?rule=new_country").content.decode()
    assert "Guessing of stream keys" in browser.get(f"{page}rules/").content.decode()
    rule = SecurityRule.objects.get(name=RuleName.KEY_GUESSING)
    facts = {"severity": "high", "threshold": 9, "window_seconds": 60, "factor": 2, "quiet_seconds": 60}
    facts |= {"response": "block_address", "response_mode": "off", "block_seconds": 60}
    assert browser.get(f"{page}rules/key_guessing/").status_code == 200
    assert browser.post(f"{page}rules/key_guessing/", facts | {"threshold": 0}).status_code == 422
    assert browser.post(f"{page}rules/key_guessing/", facts).url == f"{page}rules/"
    rule.refresh_from_db()
    assert (rule.threshold, rule.active) == (9, False)
