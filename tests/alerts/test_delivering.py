"""Deliveries reach a real server, are tried again, and end."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.choices import AuditVerb
from accounts.models import AuditEntry, User
from alerts import delivering, news, webhooks
from alerts.choices import DeliveryState, EventType
from alerts.models import Webhook, WebhookDelivery
from alerts.webhooks import KeyedWebhook
from cameras.models import Camera
from tests.alerts.conftest import Receiver


@pytest.fixture
def delivery(hook: KeyedWebhook, camera: Camera) -> WebhookDelivery:
    news.tell(EventType.CAMERA_ONLINE, {"camera": news.about(camera)}, camera=camera)
    return WebhookDelivery.objects.get()


def make_due(delivery: WebhookDelivery) -> None:
    WebhookDelivery.objects.filter(pk=delivery.pk).update(next_attempt_at=timezone.now())


def test_it_arrives_signed(delivery: WebhookDelivery, hook: KeyedWebhook, receiver: Receiver, camera: Camera) -> None:
    assert delivering.deliver_due() == 1
    _, headers, body = receiver.requests[0]
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    key = base64.b64decode(hook.secret.removeprefix("whsec_"))
    expected = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    told = json.loads(body)
    delivery.refresh_from_db()

    assert headers["webhook-signature"] == expected
    assert headers["content-type"] == "application/json"
    assert told["id"] == headers["webhook-id"] == str(delivery.event_id)
    assert (told["type"], told["data"]["camera"]["public_id"]) == ("camera.online", camera.public_id)
    assert (delivery.state, delivery.status, delivery.response_start) == (DeliveryState.DELIVERED, 200, "ok")
    assert delivery.next_attempt_at is None
    assert delivering.deliver_due() == 0


def test_what_fails_is_tried_again_later_under_the_same_id(delivery: WebhookDelivery, receiver: Receiver) -> None:
    receiver.status = 503
    delivering.deliver_due()
    delivery.refresh_from_db()
    wait = delivery.next_attempt_at - timezone.now()

    assert (delivery.state, delivery.status, delivery.attempts) == (DeliveryState.WAITING, 503, 1)
    assert timedelta(seconds=1) < wait < timedelta(seconds=7)
    assert delivering.deliver_due() == 0

    receiver.status = 204
    make_due(delivery)
    delivering.deliver_due()
    delivery.refresh_from_db()

    assert (delivery.state, delivery.attempts) == (DeliveryState.DELIVERED, 2)
    assert len({headers["webhook-id"] for _, headers, _ in receiver.requests}) == 1


def test_after_about_a_day_it_is_given_up(delivery: WebhookDelivery, receiver: Receiver) -> None:
    receiver.status = 500
    waited = timedelta(0)
    for _ in range(20):
        make_due(delivery)
        before = timezone.now()
        delivering.deliver_due()
        delivery.refresh_from_db()
        if delivery.next_attempt_at is None:
            break
        waited += delivery.next_attempt_at - before

    assert delivery.state == DeliveryState.GIVEN_UP
    assert timedelta(hours=20) < waited < timedelta(hours=30)


def test_a_worker_that_dies_loses_nothing(delivery: WebhookDelivery, receiver: Receiver) -> None:
    assert delivering._borrow(timezone.now()) == [delivery]
    assert delivering._borrow(timezone.now()) == []
    assert delivering._borrow(timezone.now() + timedelta(minutes=3)) == [delivery]


def test_one_webhook_does_not_take_all_places(hook: KeyedWebhook, admin: User, camera: Camera) -> None:
    quiet = webhooks.add(name="Quiet", url=hook.webhook.url, events=["camera.offline"], actor=admin).webhook
    for _ in range(40):
        news.tell(EventType.CAMERA_ONLINE, {}, camera=camera)
    webhooks.edit(hook.webhook, events=["camera.online"], actor=admin)
    news.tell(EventType.CAMERA_OFFLINE, {}, camera=camera)

    assert {one.webhook_id for one in delivering._borrow(timezone.now())} == {hook.webhook.pk, quiet.pk}


def test_a_server_that_is_not_there_is_told(delivery: WebhookDelivery, admin: User, hook: KeyedWebhook) -> None:
    webhooks.edit(hook.webhook, url="http://127.0.0.1:9/", actor=admin)
    delivering.deliver_due()
    delivery.refresh_from_db()

    assert delivery.status is None
    assert "refused" in delivery.error


def test_days_of_failing_switch_it_off_and_a_person_switches_it_on(
    delivery: WebhookDelivery, hook: KeyedWebhook, receiver: Receiver, admin: User
) -> None:
    receiver.status = 500
    Webhook.objects.update(failing_since=timezone.now() - timedelta(days=5))
    delivering.deliver_due()
    delivery.refresh_from_db()
    off = Webhook.objects.get()

    assert not off.active
    assert off.disabled_at is not None
    assert delivery.state == DeliveryState.GIVEN_UP
    assert AuditEntry.objects.get(verb=AuditVerb.WEBHOOK_EDITED).data["reason"] == "failing for 5 days"

    on = webhooks.edit(off, active=True, actor=admin)
    assert (on.failing_since, on.disabled_at) == (None, None)


def test_one_good_answer_ends_a_time_of_failing(delivery: WebhookDelivery, receiver: Receiver) -> None:
    Webhook.objects.update(failing_since=timezone.now() - timedelta(days=4))
    delivering.deliver_due()

    assert Webhook.objects.get().failing_since is None


def test_gone_is_an_answer_for_good(delivery: WebhookDelivery, receiver: Receiver) -> None:
    receiver.status = 410
    delivering.deliver_due()

    assert not Webhook.objects.get().active


def test_a_test_event_arrives_whatever_is_asked_for(hook: KeyedWebhook, receiver: Receiver, admin: User) -> None:
    delivering.send_test(hook.webhook, actor=admin)
    delivering.deliver_due()

    assert json.loads(receiver.requests[0][2])["type"] == "webhook.test"
    entry = AuditEntry.objects.get(verb=AuditVerb.WEBHOOK_TESTED)
    assert (entry.actor, entry.target_label) == (admin, "Control room")


def test_it_is_sent_once_more_by_hand(delivery: WebhookDelivery, receiver: Receiver, admin: User) -> None:
    delivering.deliver_due()
    delivering.redeliver(delivery, actor=admin)
    delivering.deliver_due()
    ids = [headers["webhook-id"] for _, headers, _ in receiver.requests]

    assert len(ids) == 2
    assert len(set(ids)) == 1
    entry = AuditEntry.objects.get(verb=AuditVerb.WEBHOOK_REDELIVERED)
    assert (entry.actor, entry.target_label) == (admin, "Control room")
    assert entry.data == {"event": ids[0], "type": "camera.online"}


def test_during_a_rotation_both_signatures_are_sent(
    delivery: WebhookDelivery, hook: KeyedWebhook, receiver: Receiver, admin: User
) -> None:
    webhooks.rotate_secret(hook.webhook, actor=admin)
    delivering.deliver_due()

    assert len(receiver.requests[0][1]["webhook-signature"].split()) == 2


def test_a_secret_that_cannot_be_read_is_told(delivery: WebhookDelivery, settings: Any) -> None:
    settings.SECRET_KEY = "another key that is long enough for every check there is 0123456789"
    delivering.deliver_due()
    delivery.refresh_from_db()

    assert "rotate the secret" in delivery.error


def test_only_what_is_over_is_forgotten(delivery: WebhookDelivery, receiver: Receiver) -> None:
    later = timezone.now() + timedelta(days=1)

    assert delivering.trim(before=later) == 0
    delivering.deliver_due()
    assert delivering.trim(before=later) == 1


def test_one_worker_at_a_time_delivers_until_nothing_is_due(delivery: WebhookDelivery, receiver: Receiver) -> None:
    with delivering._connection.lock("vms:webhooks", timeout=30):
        assert delivering.deliver_in_turn() == 0
    assert delivering.deliver_in_turn() == 1
    assert delivering.deliver_in_turn() == 0
    assert len(receiver.requests) == 1
