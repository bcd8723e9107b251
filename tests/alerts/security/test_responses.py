"""What answers an event, and that it can be taken back."""

from collections.abc import Callable
from ipaddress import ip_network
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from accounts import access_decisions, api_tokens, second_factor
from accounts.choices import AuditVerb, Surface
from accounts.models import AccessRule, ApiToken, AuditEntry, User
from accounts.refusals import RevokedCredential
from alerts import responses, security_events, security_rules, watching
from alerts.choices import EventState, ResponseKind, ResponseMode, ResponseState, RuleName
from alerts.models import SecurityEvent, SecurityRule, WebhookDelivery
from alerts.responses import NotUndone
from alerts.security.finding import Finding
from alerts.webhooks import KeyedWebhook

Answers = Callable[..., None]
GUESSING = RuleName.KEY_GUESSING


def raised(name: RuleName = GUESSING, **facts: Any) -> SecurityEvent:
    event = security_events.raise_event(name, Finding(**{"subject": "somebody", **facts}))
    assert event is not None
    return event


def test_out_of_the_box_every_rule_is_there_and_only_says_what_it_would_do(db: None) -> None:
    event = raised(address="203.0.113.7")

    assert {rule.name for rule in SecurityRule.objects.all()} == set(RuleName)
    assert (event.response, event.response_state) == (ResponseKind.BLOCK_ADDRESS, ResponseState.DRY_RUN)
    assert not AccessRule.objects.exists()
    assert not AuditEntry.objects.filter(verb=AuditVerb.SECURITY_RESPONSE_CARRIED_OUT).exists()


def test_switched_off_nothing_is_answered(db: None, answers_with: Answers) -> None:
    answers_with(GUESSING, ResponseKind.BLOCK_ADDRESS, ResponseMode.OFF)

    assert raised(address="203.0.113.7").response_state == ResponseState.NONE


def test_an_address_is_blocked_for_a_time_and_let_in_again(admin: User, answers_with: Answers) -> None:
    answers_with(GUESSING, ResponseKind.BLOCK_ADDRESS)
    event = raised(address="203.0.113.7")
    rule = AccessRule.objects.get()

    assert rule.until is not None
    assert not access_decisions.decide("203.0.113.7", Surface.PUBLISH).is_allowed
    assert AuditEntry.objects.get(verb=AuditVerb.SECURITY_RESPONSE_CARRIED_OUT).target_id == str(event.pk)

    undone = responses.undo(event, actor=admin)
    assert undone.response_state == ResponseState.UNDONE
    assert access_decisions.decide("203.0.113.7", Surface.PUBLISH).is_allowed
    assert AuditEntry.objects.get(verb=AuditVerb.SECURITY_RESPONSE_UNDONE).actor == admin


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", None, "10.0.0.9"])
def test_this_machine_and_its_proxies_are_never_blocked(
    db: None, answers_with: Answers, settings: Any, address: str | None
) -> None:
    settings.TRUSTED_PROXIES = (ip_network("10.0.0.0/24"),)
    answers_with(GUESSING, ResponseKind.BLOCK_ADDRESS)

    assert raised(address=address).response_state == ResponseState.NOT_POSSIBLE
    assert not AccessRule.objects.exists()


def test_a_token_is_suspended_and_resumed(operator: User, admin: User, answers_with: Answers) -> None:
    issued = api_tokens.issue(owner=operator, name="T", scopes=["cameras:read"], actor=operator)
    answers_with(RuleName.REQUEST_RATE, ResponseKind.SUSPEND_TOKEN)
    event = raised(RuleName.REQUEST_RATE, token_id=issued.token.pk)

    with pytest.raises(RevokedCredential):
        api_tokens.verify(issued.text, address=None)
    assert not ApiToken.objects.valid_at(event.at).exists()

    responses.undo(event, actor=admin)
    assert api_tokens.verify(issued.text, address=None) == issued.token
    assert [entry.verb for entry in AuditEntry.objects.filter(target_type="accounts.apitoken").order_by("pk")][-2:] == [
        AuditVerb.API_TOKEN_SUSPENDED,
        AuditVerb.API_TOKEN_RESUMED,
    ]


def test_sessions_end_and_do_not_come_back(
    operator: User, admin: User, page_of: Callable[[User], Client], answers_with: Answers
) -> None:
    answers_with(RuleName.MASS_DOWNLOAD, ResponseKind.END_SESSIONS)
    event = raised(RuleName.MASS_DOWNLOAD, user_id=operator.pk)

    assert event.response_state == ResponseState.CARRIED_OUT
    with pytest.raises(NotUndone, match="do not come back"):
        responses.undo(event, actor=admin)


def test_a_second_factor_is_required_and_no_longer(
    operator: User, admin: User, page_of: Callable[[User], Client], answers_with: Answers
) -> None:
    answers_with(RuleName.MASS_DOWNLOAD, ResponseKind.REQUIRE_SECOND_FACTOR)
    event = raised(RuleName.MASS_DOWNLOAD, user_id=operator.pk)
    browser = page_of(operator)

    assert browser.get("/cameras/").url == "/account/security/"
    responses.undo(event, actor=admin)
    assert browser.get("/cameras/").status_code == 200
    operator.refresh_from_db()
    assert not second_factor.is_required(operator)


def test_nothing_is_undone_twice_or_that_was_not_done(admin: User, answers_with: Answers) -> None:
    dry = raised(address="203.0.113.7")
    with pytest.raises(NotUndone, match="Nothing was done"):
        responses.undo(dry, actor=admin)


def test_a_block_that_somebody_removed_is_undone_all_the_same(admin: User, answers_with: Answers) -> None:
    answers_with(GUESSING, ResponseKind.BLOCK_ADDRESS)
    event = raised(address="203.0.113.7")
    AccessRule.objects.all().delete()

    assert responses.undo(event, actor=admin).response_state == ResponseState.UNDONE


def test_the_same_subject_is_told_once_in_a_while(db: None) -> None:
    raised(address="203.0.113.7")

    assert security_events.raise_event(GUESSING, Finding("somebody")) is None
    assert security_events.raise_event(GUESSING, Finding("somebody else")) is not None


def test_a_rule_that_is_switched_off_is_not_asked(db: None) -> None:
    SecurityRule.objects.update(active=False)

    assert security_events.raise_event(GUESSING, Finding("somebody")) is None
    assert watching.watch_all() == []


def test_webhooks_are_told(hook: KeyedWebhook, django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        event = raised(address="203.0.113.7")
    delivery = WebhookDelivery.objects.get()

    assert delivery.type == "security.event"
    assert f'"security_event":{event.pk}' in delivery.body


def test_somebody_has_looked(admin: User) -> None:
    event = security_events.acknowledge(raised(), actor=admin)

    assert (event.state, event.acknowledged_by) == (EventState.ACKNOWLEDGED, admin)
    security_events.acknowledge(event, actor=admin)
    entry = AuditEntry.objects.get(verb=AuditVerb.SECURITY_EVENT_ACKNOWLEDGED)
    assert (entry.actor, entry.target_id) == (admin, str(event.pk))


def test_edits_of_rules_are_audited_and_stay(admin: User) -> None:
    rule = security_rules.edit_rule(SecurityRule.objects.get(name=GUESSING), threshold=5, actor=admin)
    security_rules.keep_rules("default")
    rule.refresh_from_db()

    assert rule.threshold == 5
    assert AuditEntry.objects.get(verb=AuditVerb.SECURITY_RULE_EDITED).data == {
        "before": {"threshold": 10},
        "after": {"threshold": 5},
    }


@pytest.mark.parametrize("facts", [{"threshold": 0}, {"window_seconds": 10**6}, {"response": "x"}, {"severity": "x"}])
def test_what_makes_no_sense_is_refused(db: None, admin: User, facts: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        security_rules.edit_rule(SecurityRule.objects.get(name=GUESSING), actor=admin, **facts)


def test_asking_all_rules_costs_few_queries(db: None, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(15):
        watching.watch_all()
