"""What answers a security event by itself, and how a person takes that back."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts import access_rules, api_tokens, audit, membership, sessions, sign_in_attempts
from accounts.addresses import is_in, read_address
from accounts.audit import SYSTEM, Actor
from accounts.choices import AuditVerb, RuleAction
from accounts.models import AccessRule
from alerts.choices import ResponseKind, ResponseMode, ResponseState
from alerts.models import SecurityEvent, SecurityRule

Facts = dict[str, Any]


class NotUndone(Exception):
    """Nothing was done that could be undone, or it does not come back; the text says which."""


@transaction.atomic
def carry_out(event: SecurityEvent, rule: SecurityRule) -> None:
    """Answer an event as its rule says: not at all, by saying what would be done, or by doing it."""
    if rule.response_mode == ResponseMode.OFF:
        return
    event.response = rule.response
    if rule.response_mode == ResponseMode.DRY_RUN:
        event.response_state = ResponseState.DRY_RUN
    else:
        facts = _DO[ResponseKind(rule.response)](event, rule)
        event.response_state = ResponseState.NOT_POSSIBLE if facts is None else ResponseState.CARRIED_OUT
        event.response_facts = facts or {}
    event.save(update_fields=["response", "response_state", "response_facts"])
    if event.response_state == ResponseState.CARRIED_OUT:
        told = {"response": event.response, **event.response_facts}
        audit.record(actor=SYSTEM, verb=AuditVerb.SECURITY_RESPONSE_CARRIED_OUT, target=event, **told)


@transaction.atomic
def undo(event: SecurityEvent, *, actor: Actor) -> SecurityEvent:
    """Take back what was done. Raises NotUndone."""
    event = (
        SecurityEvent.objects.select_for_update(of=("self",), no_key=True)
        .select_related("user", "token")
        .get(pk=event.pk)
    )
    if event.response_state != ResponseState.CARRIED_OUT:
        raise NotUndone("Nothing was done that could be undone.")
    if event.response == ResponseKind.END_SESSIONS:
        raise NotUndone("Ended sessions do not come back: the person signs in again.")
    _UNDO[ResponseKind(event.response)](event, actor)
    event.response_state, event.undone_at = ResponseState.UNDONE, timezone.now()
    event.save(update_fields=["response_state", "undone_at"])
    audit.record(actor=actor, verb=AuditVerb.SECURITY_RESPONSE_UNDONE, target=event, response=event.response)
    return event


def _block(event: SecurityEvent, rule: SecurityRule) -> Facts | None:
    """This machine, and proxies that stand in front of it, are never blocked: everybody comes from there."""
    address = read_address(event.address or "")
    if address is None or address.is_loopback or is_in(address, settings.TRUSTED_PROXIES):
        return None
    until = timezone.now() + timedelta(seconds=rule.block_seconds)
    made = access_rules.add_rule(
        actor=SYSTEM,
        action=RuleAction.DENY,
        network=sign_in_attempts.network_of(event.address),
        position=0,
        until=until,
        note=f"Security event {event.pk}",
    )
    return {"access_rule": made.pk, "network": made.network, "until": until.isoformat(timespec="seconds")}


def _unblock(event: SecurityEvent, actor: Actor) -> None:
    made = AccessRule.objects.filter(pk=event.response_facts["access_rule"]).first()
    if made is not None:
        access_rules.remove_rule(made, actor=actor)


def _suspend(event: SecurityEvent, rule: SecurityRule) -> Facts | None:
    if event.token is None or not api_tokens.suspend(event.token, actor=SYSTEM):
        return None
    return {"token": event.token.pk}


def _resume(event: SecurityEvent, actor: Actor) -> None:
    if event.token is not None:
        api_tokens.resume(event.token, actor=actor)


def _end_sessions(event: SecurityEvent, rule: SecurityRule) -> Facts | None:
    return None if event.user is None else {"sessions": sessions.end_all(event.user, actor=SYSTEM)}


def _require_factor(event: SecurityEvent, rule: SecurityRule) -> Facts | None:
    if event.user is None or event.user.is_service:
        return None
    return {"user": event.user.pk} if membership.require_second_factor(event.user, True, actor=SYSTEM) else None


def _require_factor_no_more(event: SecurityEvent, actor: Actor) -> None:
    if event.user is not None:
        membership.require_second_factor(event.user, False, actor=actor)


_DO: Final[dict[ResponseKind, Callable[[SecurityEvent, SecurityRule], Facts | None]]] = {
    ResponseKind.BLOCK_ADDRESS: _block,
    ResponseKind.SUSPEND_TOKEN: _suspend,
    ResponseKind.END_SESSIONS: _end_sessions,
    ResponseKind.REQUIRE_SECOND_FACTOR: _require_factor,
}
_UNDO: Final[dict[ResponseKind, Callable[[SecurityEvent, Actor], None]]] = {
    ResponseKind.BLOCK_ADDRESS: _unblock,
    ResponseKind.SUSPEND_TOKEN: _resume,
    ResponseKind.REQUIRE_SECOND_FACTOR: _require_factor_no_more,
}
