"""Brings deliveries to webhooks: once at least, in no promised order, for about a day.

What is to be tried, and when, stands in the rows. The clock picks what is due and lends it to itself for a while, so a
worker that dies loses nothing: when the loan is over, the row is due again. One worker at a time does this, with some
requests side by side and few to one webhook, so that one that hangs does not hold up the others.
"""

import random
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final
from uuid import uuid4

import redis
from cryptography.fernet import InvalidToken
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from accounts import audit
from accounts.audit import Actor
from accounts.choices import AuditVerb
from alerts import news, posting, webhook_signature, webhooks
from alerts.choices import DeliveryState, EventType
from alerts.models import Webhook, WebhookDelivery
from alerts.posting import Answer

RETRY_AFTER_SECONDS: Final = (5, 30, 120, 600, 1800, 3600, 7200, 14400, 21600, 28800)
"""Waits between attempts, about 22 hours in all; each is made up to a quarter longer by chance."""
_LOAN: Final = timedelta(minutes=2)
_TURN_SECONDS: Final = 20.0
_SIDE_BY_SIDE: Final = 16
_FOR_ONE_WEBHOOK: Final = 4
_GONE: Final = 410
_OUTCOME: Final = (
    *("attempts", "attempted_at", "status", "duration_ms", "response_start", "error", "state", "next_attempt_at"),
)
_AT_ONCE: Final = 5_000
_connection = redis.Redis.from_url(settings.REDIS_URL, **settings.REDIS_TIMEOUTS)


def deliver_in_turn() -> int:
    """Deliver what is due unless another worker is doing so; how many were tried. Raises RedisError, DatabaseError."""
    turn = _connection.lock("vms:webhooks", timeout=_LOAN.total_seconds(), blocking=False)
    if not turn.acquire():
        return 0
    ends_at, tried = time.monotonic() + _TURN_SECONDS, 0
    try:
        while time.monotonic() < ends_at and (some := deliver_due()):
            tried += some
        return tried
    finally:
        turn.release()


def deliver_due() -> int:
    """Try some of what is due; how many."""
    borrowed = _borrow(timezone.now())
    with ThreadPoolExecutor(_SIDE_BY_SIDE, thread_name_prefix="webhook") as pool:
        sent = [_request_of(delivery) for delivery in borrowed]
        for delivery, answer in zip(borrowed, pool.map(_post, sent), strict=True):
            settle(delivery, answer)
    return len(borrowed)


@transaction.atomic
def settle(delivery: WebhookDelivery, answer: Answer) -> None:
    """Write down what came of an attempt, and when to try again."""
    now = timezone.now()
    delivery.attempts += 1
    delivery.attempted_at, delivery.status, delivery.duration_ms = now, answer.status, answer.duration_ms
    delivery.response_start, delivery.error = answer.start[:500], answer.error[:200]
    if answer.is_good:
        delivery.state, delivery.next_attempt_at = DeliveryState.DELIVERED, None
    else:
        delivery.next_attempt_at = _next_attempt(delivery.attempts, now)
        if delivery.next_attempt_at is None:
            delivery.state = DeliveryState.GIVEN_UP
    facts = {name: getattr(delivery, name) for name in _OUTCOME}
    WebhookDelivery.objects.filter(pk=delivery.pk).update(**facts)  # its webhook may have been removed meanwhile
    _note_health(delivery.webhook_id, answer, now)


@transaction.atomic
def send_test(webhook: Webhook, *, actor: Actor) -> WebhookDelivery:
    """News of no meaning, which is due at once even to a webhook that asks for other things."""
    delivery = news.delivery_of(
        webhook, EventType.WEBHOOK_TEST, {"webhook": webhook.name}, at=timezone.now(), event_id=uuid4()
    )
    delivery.save()
    audit.record(actor=actor, verb=AuditVerb.WEBHOOK_TESTED, target=webhook)
    return delivery


@transaction.atomic
def redeliver(delivery: WebhookDelivery, *, actor: Actor) -> WebhookDelivery:
    """Try it once more, now, whatever came of it before; under the same id."""
    rows = WebhookDelivery.objects.select_for_update(of=("self",), no_key=True).select_related("webhook")
    found: WebhookDelivery = rows.get(pk=delivery.pk)
    found.state, found.next_attempt_at = DeliveryState.WAITING, timezone.now()
    found.save(update_fields=["state", "next_attempt_at"])
    told = {"event": str(found.event_id), "type": found.type}
    audit.record(actor=actor, verb=AuditVerb.WEBHOOK_REDELIVERED, target=found.webhook, **told)
    return found


def trim(*, before: datetime) -> int:
    """Forget deliveries from before this instant that are over; how many."""
    forgotten = 0
    rows = WebhookDelivery.objects.filter(at__lt=before, next_attempt_at__isnull=True)
    while numbers := list(rows.values_list("pk", flat=True)[:_AT_ONCE]):
        forgotten += WebhookDelivery.objects.filter(pk__in=numbers).delete()[0]
    return forgotten


@transaction.atomic
def _borrow(now: datetime) -> list[WebhookDelivery]:
    """Some of what is due, the longest waiting first, a few of each webhook; nobody else takes them for a while."""
    skip = connection.features.has_select_for_update_skip_locked
    rows = WebhookDelivery.objects.select_for_update(of=("self",), skip_locked=skip, no_key=True).select_related(
        "webhook__owner"
    )
    waiting = list(rows.due_at(now).order_by("next_attempt_at", "pk")[: 20 * _SIDE_BY_SIDE])
    chosen = _few_of_each(waiting)[: 2 * _SIDE_BY_SIDE]
    for delivery in chosen:
        delivery.next_attempt_at = now + _LOAN
    WebhookDelivery.objects.bulk_update(chosen, ["next_attempt_at"])
    return chosen


def _few_of_each(waiting: Iterable[WebhookDelivery]) -> list[WebhookDelivery]:
    by_webhook = groupby(sorted(waiting, key=lambda one: one.webhook_id), key=lambda one: one.webhook_id)
    return [one for _, rows in by_webhook for one in list(rows)[:_FOR_ONE_WEBHOOK]]


def _request_of(delivery: WebhookDelivery) -> tuple[str, bytes, Sequence[tuple[str, str]]] | None:
    """Address, body and headers; None when the secret cannot be read any more."""
    body, message_id = delivery.body.encode(), str(delivery.event_id)
    try:
        secrets = webhooks.secrets_of(delivery.webhook)
    except InvalidToken:
        return None
    timestamp = int(timezone.now().timestamp())
    signed = webhook_signature.headers(secrets, message_id=message_id, timestamp=timestamp, body=body)
    return delivery.webhook.url, body, [*signed.items()]


def _post(request: tuple[str, bytes, Sequence[tuple[str, str]]] | None) -> Answer:
    if request is None:
        return Answer(None, 0, error="the secret cannot be read: VMS_SECRET_KEY was replaced; rotate the secret")
    url, body, headers = request
    return posting.post(url, body, dict(headers))


def _next_attempt(attempts: int, now: datetime) -> datetime | None:
    if attempts > len(RETRY_AFTER_SECONDS):
        return None
    wait = RETRY_AFTER_SECONDS[attempts - 1]
    return now + timedelta(seconds=wait * random.uniform(1, 1.25))  # noqa: S311  (spreads load, keeps no secret)


def _note_health(webhook_id: int, answer: Answer, now: datetime) -> None:
    """One good answer ends a time of failing; one that has lasted for days, or 410 Gone, ends the webhook's use."""
    rows = Webhook.objects.filter(pk=webhook_id)
    if answer.is_good:
        rows.filter(failing_since__isnull=False).update(failing_since=None)
        return
    rows.filter(failing_since__isnull=True).update(failing_since=now)
    webhook = rows.first()
    if webhook is None or not webhook.active:
        return
    since, days = webhook.failing_since or now, settings.WEBHOOK_DISABLE_AFTER_DAYS
    if answer.status == _GONE:
        webhooks.switch_off(webhook, reason="the receiver said that it is gone (410)")
    elif now - since >= timedelta(days=days):
        webhooks.switch_off(webhook, reason=f"failing for {days} days")
