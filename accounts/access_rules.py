"""From where the doors may be used: rules about networks and countries, asked in their order.

The first rule that fits decides; when none does, `VMS_ACCESS_DEFAULT`. A rule about a country fits nobody while there is
no country database. Processes of this machine are never turned away. What becomes of whom is told by `access_decisions`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from accounts import audit
from accounts.access_decisions import Decision, decide, forget, rules_in
from accounts.addresses import read_network, spelled
from accounts.audit import Actor
from accounts.choices import AuditVerb, Surface
from accounts.delegation import ChangeRefused
from accounts.models import AccessRule

EDITABLE_FIELDS: Final = frozenset({"position", "surface", "action", "network", "country", "note", "active", "until"})
_STEP: Final = 10


@dataclass(frozen=True, slots=True)
class Seat:
    """From where, and through what, somebody changes rules: they must be able to go on doing so."""

    address: str | None
    surface: Surface


class LocksAuthorOut(ChangeRefused):
    """Whoever makes this change could not take it back."""

    def __init__(self, decision: Decision) -> None:
        self.decision = decision
        super().__init__(
            f"This would turn you away yourself, for you come from {decision.address}: {decision.reason} "
            "Put a rule in front that allows your own network."
        )


@transaction.atomic
def add_rule(*, actor: Actor, seat: Seat | None = None, **facts: Any) -> AccessRule:
    """Make a rule of `EDITABLE_FIELDS`; without a position it is asked last. Raises ValidationError, LocksAuthorOut."""
    rule = AccessRule(**{name: value for name, value in facts.items() if name in EDITABLE_FIELDS and value is not None})
    if facts.get("position") is None:
        rule.position = _after_the_last()
    _check(rule)
    rule.save()
    audit.record(actor=actor, verb=AuditVerb.ACCESS_RULE_ADDED, target=rule, rule=_told(rule))
    _settle(seat)
    return rule


@transaction.atomic
def edit_rule(rule: AccessRule, *, actor: Actor, seat: Seat | None = None, **facts: Any) -> AccessRule:
    """Change what of `EDITABLE_FIELDS` is given. Raises ValidationError, LocksAuthorOut."""
    rule = AccessRule.objects.select_for_update(no_key=True).get(pk=rule.pk)
    before = _told(rule)
    ended_at = rule.until
    for name in EDITABLE_FIELDS & facts.keys():
        setattr(rule, name, facts[name])
    _check(rule, known_until=ended_at)
    after = _told(rule)
    changed = sorted(name for name in EDITABLE_FIELDS if before[name] != after[name])
    if changed:
        rule.save(update_fields=changed)
        told = {"before": {name: before[name] for name in changed}, "after": {name: after[name] for name in changed}}
        audit.record(actor=actor, verb=AuditVerb.ACCESS_RULE_EDITED, target=rule, **told)
        _settle(seat)
    return rule


@transaction.atomic
def move_rule(rule: AccessRule, *, earlier: bool, actor: Actor, seat: Seat | None = None) -> None:
    """Have a rule asked one place earlier or later. Raises LocksAuthorOut."""
    ordered = list(AccessRule.objects.select_for_update(no_key=True))
    place = next(index for index, one in enumerate(ordered) if one.pk == rule.pk)
    other = place - 1 if earlier else place + 1
    if not 0 <= other < len(ordered):
        return
    ordered[place], ordered[other] = ordered[other], ordered[place]
    for number, one in enumerate(ordered, start=1):
        one.position = number * _STEP
    AccessRule.objects.bulk_update(ordered, ["position"])
    moved = "earlier" if earlier else "later"
    audit.record(actor=actor, verb=AuditVerb.ACCESS_RULE_EDITED, target=rule, moved=moved)
    _settle(seat)


@transaction.atomic
def remove_rule(rule: AccessRule, *, actor: Actor, seat: Seat | None = None) -> None:
    """Remove a rule. Raises LocksAuthorOut."""
    rule = AccessRule.objects.select_for_update(no_key=True).get(pk=rule.pk)
    audit.record(actor=actor, verb=AuditVerb.ACCESS_RULE_REMOVED, target=rule, rule=_told(rule))
    rule.delete()
    _settle(seat)


@transaction.atomic
def switch_all_off(*, actor: Actor) -> int:
    """The way back for whoever is locked out: no rule is asked any more, but all are still there. How many were asked."""
    rules = list(AccessRule.objects.select_for_update(no_key=True).filter(active=True))
    for rule in rules:
        edit_rule(rule, actor=actor, active=False)
    return len(rules)


def _check(rule: AccessRule, *, known_until: datetime | None = None) -> None:
    """Bring network, country and end into their one spelling. Raises ValidationError."""
    rule.until = rule.until and rule.until.replace(microsecond=0)
    rule.country = rule.country.strip().upper()
    if rule.country and not (len(rule.country) == 2 and rule.country.isascii() and rule.country.isalpha()):
        raise ValidationError({"country": "Write the two letters of ISO 3166, for example DE."})
    if rule.network.strip():
        try:
            rule.network = spelled(read_network(rule.network))
        except ValueError as error:
            raise ValidationError({"network": "Write an address or a CIDR, for example 203.0.113.0/24."}) from error
    if rule.until and rule.until <= timezone.now() and rule.until != known_until:
        raise ValidationError({"until": "This instant is past already."})
    rule.full_clean()


def _settle(seat: Seat | None) -> None:
    """Let the change hold at once in this process, unless its author could not come in any more."""
    forget()
    transaction.on_commit(forget, robust=True)
    if seat is not None:
        decision = decide(seat.address, seat.surface, rules=rules_in(AccessRule.objects.all()))
        if not decision.is_allowed:
            raise LocksAuthorOut(decision)


def _after_the_last() -> int:
    last: int | None = AccessRule.objects.aggregate(last=Max("position"))["last"]
    return (last or 0) + _STEP


def _told(rule: AccessRule) -> dict[str, Any]:
    """For the audit."""
    facts = {name: getattr(rule, name) for name in sorted(EDITABLE_FIELDS)}
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in facts.items()}
