"""A rule was broken: write it down, answer it, tell it; and somebody has looked."""

import logging
from datetime import timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.choices import AuditVerb
from accounts.models import User
from alerts import news, responses
from alerts.choices import EventState, EventType, RuleName
from alerts.models import SecurityEvent, SecurityRule
from alerts.security.finding import Finding

logger = logging.getLogger(__name__)


@transaction.atomic
def raise_event(name: RuleName, finding: Finding) -> SecurityEvent | None:
    """Keep what was found, unless the same subject was told of a while ago. Two who find it at one moment take turns."""
    rule = SecurityRule.objects.select_for_update(no_key=True).filter(name=name, active=True).first()
    if rule is None or _is_told(rule, finding):
        return None
    event = SecurityEvent.objects.create(
        rule=name,
        severity=rule.severity,
        at=timezone.now(),
        subject=finding.subject[:300],
        user_id=finding.user_id,
        token_id=finding.token_id,
        address=finding.address,
        facts=finding.facts,
    )
    responses.carry_out(event, rule)
    logger.warning("security event %d, %s: %s", event.pk, name.value, finding.subject)
    transaction.on_commit(partial(_tell, event), robust=True)
    return event


@transaction.atomic
def acknowledge(event: SecurityEvent, *, actor: User) -> SecurityEvent:
    """Somebody has looked. Does nothing when that has been said."""
    event = SecurityEvent.objects.select_for_update(of=("self",), no_key=True).get(pk=event.pk)
    if event.state == EventState.OPEN:
        event.state, event.acknowledged_at, event.acknowledged_by = EventState.ACKNOWLEDGED, timezone.now(), actor
        event.save(update_fields=["state", "acknowledged_at", "acknowledged_by"])
        audit.record(actor=actor, verb=AuditVerb.SECURITY_EVENT_ACKNOWLEDGED, target=event)
    return event


def _is_told(rule: SecurityRule, finding: Finding) -> bool:
    since = timezone.now() - timedelta(seconds=rule.quiet_seconds)
    return SecurityEvent.objects.filter(rule=rule.name, subject=finding.subject[:300], at__gt=since).exists()


def _tell(event: SecurityEvent) -> None:
    news.tell(EventType.SECURITY_EVENT, _told(event), at=event.at)


def _told(event: SecurityEvent) -> dict[str, Any]:
    return {
        "security_event": event.pk,
        "rule": event.rule,
        "severity": event.severity,
        "subject": event.subject,
        "user": event.user_id,
        "token": event.token_id,
        "address": event.address,
        "facts": event.facts,
        "response": event.response,
        "response_state": event.response_state,
    }
