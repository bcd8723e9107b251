"""Security rules: those that come with the product, and how people change them."""

from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts import audit
from accounts.audit import Actor
from accounts.choices import AuditVerb
from alerts.choices import ResponseKind, ResponseMode, RuleName, Severity
from alerts.models import SecurityRule

EDITABLE_FIELDS: Final = frozenset(
    {
        *("active", "severity", "threshold", "window_seconds", "factor", "quiet_seconds"),
        *("response", "response_mode", "block_seconds"),
    }
)
LONGEST_WINDOW_SECONDS: Final = 86_400
LONGEST_BLOCK_SECONDS: Final = 30 * 86_400

USUAL: Final[dict[RuleName, dict[str, Any]]] = {
    RuleName.FAILED_SIGN_INS: {
        "severity": Severity.MEDIUM,
        "threshold": 20,
        "window_seconds": 600,
        "response": ResponseKind.BLOCK_ADDRESS,
    },
    RuleName.NEW_COUNTRY: {
        "severity": Severity.MEDIUM,
        "threshold": 1,
        "window_seconds": 120,
        "response": ResponseKind.SUSPEND_TOKEN,
    },
    RuleName.REFRESH_REUSED: {
        "severity": Severity.HIGH,
        "threshold": 1,
        "window_seconds": 60,
        "response": ResponseKind.END_SESSIONS,
    },
    RuleName.MASS_DOWNLOAD: {
        "severity": Severity.HIGH,
        "threshold": 50,
        "window_seconds": 3600,
        "factor": 3,
        "response": ResponseKind.END_SESSIONS,
    },
    RuleName.REQUEST_RATE: {
        "severity": Severity.LOW,
        "threshold": 300,
        "window_seconds": 60,
        "factor": 5,
        "response": ResponseKind.SUSPEND_TOKEN,
    },
    RuleName.KEY_GUESSING: {
        "severity": Severity.MEDIUM,
        "threshold": 10,
        "window_seconds": 600,
        "factor": 120,
        "response": ResponseKind.BLOCK_ADDRESS,
    },
}


def keep_rules(database: str) -> None:
    """Make the rules that are not there yet, answering by dry run. Those that people changed stay as they are."""
    for name, facts in USUAL.items():
        defaults = {"response_mode": ResponseMode.DRY_RUN, **facts}
        SecurityRule.objects.using(database).get_or_create(name=name, defaults=defaults)


@transaction.atomic
def edit_rule(rule: SecurityRule, *, actor: Actor, **facts: Any) -> SecurityRule:
    """Change what of `EDITABLE_FIELDS` is given. Raises ValidationError."""
    rule = SecurityRule.objects.select_for_update(no_key=True).get(pk=rule.pk)
    before = {name: getattr(rule, name) for name in EDITABLE_FIELDS}
    for name in EDITABLE_FIELDS & facts.keys():
        setattr(rule, name, facts[name])
    _check(rule)
    changed = sorted(name for name in EDITABLE_FIELDS if before[name] != getattr(rule, name))
    if changed:
        rule.save(update_fields=changed)
        told = {name: getattr(rule, name) for name in changed}
        was = {name: before[name] for name in changed}
        audit.record(actor=actor, verb=AuditVerb.SECURITY_RULE_EDITED, target=rule, before=was, after=told)
    return rule


def _check(rule: SecurityRule) -> None:
    for name, most in (
        ("threshold", 1_000_000),
        ("window_seconds", LONGEST_WINDOW_SECONDS),
        ("factor", 10_000),
        ("block_seconds", LONGEST_BLOCK_SECONDS),
        ("quiet_seconds", LONGEST_BLOCK_SECONDS),
    ):
        if not 1 <= getattr(rule, name) <= most:
            raise ValidationError({name: f"Write a whole number from 1 to {most}."}, code="range")
    rule.full_clean()
