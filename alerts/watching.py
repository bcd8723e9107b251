"""Asks the security rules, by the clock and where something has just happened."""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Final

from django.db import DatabaseError
from django.utils import timezone

from alerts import security_events
from alerts.choices import RuleName
from alerts.models import SecurityEvent, SecurityRule
from alerts.security import failed_sign_ins, key_guessing, mass_download, new_country, request_rate
from alerts.security.finding import Finding, Limits

logger = logging.getLogger(__name__)

_LOOK: Final[dict[RuleName, Callable[[datetime, Limits], list[Finding]]]] = {
    RuleName.FAILED_SIGN_INS: failed_sign_ins.look,
    RuleName.NEW_COUNTRY: new_country.look,
    RuleName.MASS_DOWNLOAD: mass_download.look,
    RuleName.REQUEST_RATE: request_rate.look,
    RuleName.KEY_GUESSING: key_guessing.look,
}


def watch_all() -> list[SecurityEvent]:
    """Ask every rule that the clock asks. Trouble with one does not keep the others from being asked."""
    return [event for name in _LOOK for event in _watched(name)]


def watch(name: RuleName, *, now: datetime | None = None) -> list[SecurityEvent]:
    """Ask one rule; the events that came of it. Raises DatabaseError."""
    rule = SecurityRule.objects.filter(name=name, active=True).first()
    if rule is None:
        return []
    limits = Limits(rule.threshold, rule.window_seconds, rule.factor)
    found = _LOOK[name](now or timezone.now(), limits)
    events = (security_events.raise_event(name, one) for one in found)
    return [event for event in events if event is not None]


def _watched(name: RuleName) -> list[SecurityEvent]:
    try:
        return watch(name)
    except DatabaseError as error:
        logger.error("the security rule %s could not be asked: %s", name.value, error)
        return []
