"""Webhooks: add, edit, remove, and their secrets.

A webhook tells no more than its owner may know at the moment of the news. Of its secret the owner is told when it is made
and rotated, and later only while elevated; doors see to that.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts import audit, delegation, sealing
from accounts.audit import Actor
from accounts.choices import AuditVerb
from accounts.delegation import MoreThanYouHold
from accounts.models import User
from alerts import destinations, news, webhook_signature
from alerts.choices import SCOPE_OF, DeliveryState
from alerts.models import Webhook
from alerts.querysets import may_keep_webhooks
from cameras.models import CameraGroup, Site

EDITABLE_FIELDS: Final = frozenset({"name", "url", "events", "site", "group", "active"})
LONGEST_OVERLAP: Final = timedelta(days=7)
MOST_FOR_ONE_OWNER: Final = 50


class MayKeepNone(MoreThanYouHold):
    """Webhooks tell of all that their owner sees, and a restricted token sees less."""

    def __init__(self) -> None:
        super().__init__("webhooks")

    def __str__(self) -> str:
        return "Webhooks are kept by people and programs that may, not by a token that reaches only some cameras."


@dataclass(frozen=True, slots=True)
class KeyedWebhook:
    """A webhook with its secret in plain."""

    webhook: Webhook
    secret: str = field(repr=False)


@transaction.atomic
def add(*, actor: User, **facts: Any) -> KeyedWebhook:
    """Make a webhook of one's own of `EDITABLE_FIELDS`. Raises ValidationError, MayKeepNone, MoreThanYouHold."""
    if not may_keep_webhooks(actor):
        raise MayKeepNone
    if Webhook.objects.filter(owner=actor).count() >= MOST_FOR_ONE_OWNER:
        raise ValidationError(f"Nobody can have more than {MOST_FOR_ONE_OWNER} webhooks.", code="too_many")
    webhook, secret = Webhook(owner=actor), webhook_signature.new_secret()
    webhook.secret = sealing.seal(secret)
    _put(webhook, {"events": [], **facts}, actor)
    webhook.save()
    audit.record(actor=actor, verb=AuditVerb.WEBHOOK_ADDED, target=webhook, webhook=_told(_facts_of(webhook)))
    news.forget()
    return KeyedWebhook(webhook, secret)


@transaction.atomic
def edit(webhook: Webhook, *, actor: User, **facts: Any) -> Webhook:
    """Change what of `EDITABLE_FIELDS` is given. Switched on again, it is no longer failing.

    Raises ValidationError, MayKeepNone, MoreThanYouHold.
    """
    if not may_keep_webhooks(actor):
        raise MayKeepNone
    webhook = _locked(webhook)
    if facts.get("url", webhook.url) != webhook.url:  # who turns it elsewhere is told what it tells
        delegation.check_holds(actor, {SCOPE_OF[one] for one in webhook.events})
    before = _facts_of(webhook)
    _put(webhook, facts, actor)
    after = _facts_of(webhook)
    changed = sorted(name for name in EDITABLE_FIELDS if before[name] != after[name])
    if changed:
        if webhook.active:
            webhook.failing_since = webhook.disabled_at = None
        webhook.save()
        told = {
            "before": _told({name: before[name] for name in changed}),
            "after": _told({name: after[name] for name in changed}),
        }
        audit.record(actor=actor, verb=AuditVerb.WEBHOOK_EDITED, target=webhook, **told)
        news.forget()
    return webhook


@transaction.atomic
def remove(webhook: Webhook, *, actor: Actor) -> None:
    """Remove a webhook, and the log of its deliveries."""
    audit.record(actor=actor, verb=AuditVerb.WEBHOOK_REMOVED, target=webhook, webhook=_told(_facts_of(webhook)))
    webhook.delete()
    news.forget()


@transaction.atomic
def rotate_secret(webhook: Webhook, *, actor: User, overlap: timedelta = timedelta(days=1)) -> KeyedWebhook:
    """Give it a new secret. For `overlap`, seven days at most, news is signed with the one before it, too.

    Raises ValidationError, MayKeepNone.
    """
    if not may_keep_webhooks(actor):
        raise MayKeepNone
    if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
        raise ValidationError({"overlap": "The old secret can stay good for 0 to 7 days."}, code="overlap")
    webhook, secret = _locked(webhook), webhook_signature.new_secret()
    webhook.previous_secret = webhook.secret if overlap else ""
    webhook.previous_until = timezone.now() + overlap if overlap else None
    webhook.secret = sealing.seal(secret)
    webhook.save(update_fields=["secret", "previous_secret", "previous_until"])
    seconds = int(overlap.total_seconds())
    audit.record(actor=actor, verb=AuditVerb.WEBHOOK_SECRET_ROTATED, target=webhook, overlap_seconds=seconds)
    return KeyedWebhook(webhook, secret)


@transaction.atomic
def show_secret(webhook: Webhook, *, actor: User) -> KeyedWebhook:
    """The secret in plain, which is written into the audit. Raises MayKeepNone."""
    if not may_keep_webhooks(actor):
        raise MayKeepNone
    audit.record(actor=actor, verb=AuditVerb.WEBHOOK_SECRET_SHOWN, target=webhook)
    return KeyedWebhook(webhook, sealing.unseal(webhook.secret))


@transaction.atomic
def switch_off(webhook: Webhook, *, reason: str, actor: Actor = audit.SYSTEM) -> None:
    """Stop telling a webhook that does not listen; what waits for it is given up. The owner can switch it on again."""
    webhook = _locked(webhook)
    if not webhook.active:
        return
    webhook.active, webhook.disabled_at = False, timezone.now()
    webhook.save(update_fields=["active", "disabled_at"])
    waiting = webhook.deliveries.filter(next_attempt_at__isnull=False)
    given_up = waiting.update(next_attempt_at=None, state=DeliveryState.GIVEN_UP)
    facts = {"before": {"active": True}, "after": {"active": False}, "reason": reason, "given_up": given_up}
    audit.record(actor=actor, verb=AuditVerb.WEBHOOK_EDITED, target=webhook, **facts)
    news.forget()


def secrets_of(webhook: Webhook) -> list[str]:
    """The secrets that news is signed with now, the newest first."""
    sealed = [webhook.secret]
    if webhook.previous_secret and webhook.previous_until and webhook.previous_until > timezone.now():
        sealed.append(webhook.previous_secret)
    return [sealing.unseal(one) for one in sealed]


def _put(webhook: Webhook, facts: dict[str, Any], actor: User) -> None:
    if unknown := facts.keys() - EDITABLE_FIELDS:
        raise TypeError(f"not a fact of a webhook: {', '.join(sorted(unknown))}")
    for name, value in facts.items():
        setattr(webhook, name, value)
    if "url" in facts:
        destinations.check_url(webhook.url)
    if "events" in facts:
        webhook.events = _checked_events(facts["events"], actor)
    if webhook.site is not None and webhook.group is not None:
        raise ValidationError({"group": "Name a site or a camera group, not both."}, code="both_places")
    _check_places(webhook, facts, actor)
    webhook.full_clean(exclude={"owner", "secret", "events", "site", "group"})


def _checked_events(events: Iterable[str], actor: User) -> list[str]:
    wanted = sorted({str(one) for one in events})
    if not wanted:
        raise ValidationError({"events": "Choose at least one."}, code="required")
    if unknown := sorted(set(wanted) - SCOPE_OF.keys()):
        raise ValidationError({"events": f"There is no event {', '.join(unknown)}."}, code="invalid_choice")
    delegation.check_holds(actor, {SCOPE_OF[one] for one in wanted})
    return wanted


def _check_places(webhook: Webhook, facts: dict[str, Any], actor: User) -> None:
    """A place that the actor does not see does not exist for them."""
    for name, model in (("site", Site), ("group", CameraGroup)):
        place: Any = facts.get(name)
        rows: Any = model.objects
        if place is not None and not rows.visible_to(actor).filter(pk=place.pk).exists():
            raise ValidationError({name: "There is no such place, or you may not see it."}, code="does_not_exist")


def _locked(webhook: Webhook) -> Webhook:
    rows = Webhook.objects.select_for_update(of=("self",), no_key=True).select_related("owner__role", "site", "group")
    found: Webhook = rows.get(pk=webhook.pk)
    return found


def _facts_of(webhook: Webhook) -> dict[str, Any]:
    return {
        "name": webhook.name,
        "url": webhook.url,
        "events": list(webhook.events),
        "site": webhook.site_id,
        "group": webhook.group_id,
        "active": webhook.active,
    }


def _told(facts: dict[str, Any]) -> dict[str, Any]:
    """For the audit. Whoever knows the whole address of many a receiver can write to it: of that, the host is told."""
    return {**facts, "url": f"{urlsplit(facts['url']).netloc}/…"} if "url" in facts else facts
