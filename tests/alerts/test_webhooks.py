"""Webhooks: who may have which, what they are told, and their secrets."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.core.exceptions import ValidationError

from accounts import api_tokens, membership
from accounts.audit import SYSTEM
from accounts.choices import AuditVerb
from accounts.delegation import MoreThanYouHold
from accounts.models import AuditEntry, Role, User
from alerts import news, webhooks
from alerts.choices import EventType
from alerts.models import Webhook, WebhookDelivery
from alerts.webhooks import KeyedWebhook, MayKeepNone
from cameras import health, places, token_reaches
from cameras.models import Camera, CameraGroup, Site
from cameras.token_reaches import Reach

URL = "https://hooks.example.com/vms"


@pytest.fixture
def keeper(make_user: Callable[..., User], site: Site) -> User:
    """Keeps webhooks, sees the cameras of one site, and nothing of security."""
    role = Role.objects.create(name="keeper", label="Keeper", scopes=["cameras:read", "webhooks:write"])
    user = membership.add_member(email="k@vms.example", name="K", role=role, password=None, actor=SYSTEM)
    places.grant_view(user=user, site=site, actor=SYSTEM)
    return user


def told_to(webhook: Webhook) -> list[str]:
    return [one.type for one in WebhookDelivery.objects.filter(webhook=webhook)]


def test_a_webhook_is_added_with_a_secret_that_the_database_alone_does_not_tell(admin: User) -> None:
    keyed = webhooks.add(name="Room", url=URL, events=["camera.online"], actor=admin)
    entry = AuditEntry.objects.get(verb=AuditVerb.WEBHOOK_ADDED)

    assert keyed.secret.startswith("whsec_")
    assert keyed.secret not in keyed.webhook.secret
    assert keyed.secret not in str(entry.data)
    assert webhooks.show_secret(keyed.webhook, actor=admin).secret == keyed.secret
    assert AuditEntry.objects.get(verb=AuditVerb.WEBHOOK_SECRET_SHOWN).actor == admin


def test_the_audit_tells_the_host_of_an_address_and_that_it_changed_not_what_lets_others_write_there(
    admin: User,
) -> None:
    webhook = webhooks.add(name="Room", url="https://hooks.example/T1/secret", events=["camera.online"], actor=admin)
    webhooks.edit(webhook.webhook, actor=admin, url="https://hooks.example/T2/secret")

    edited = AuditEntry.objects.get(verb=AuditVerb.WEBHOOK_EDITED)
    assert edited.data["after"] == {"url": "hooks.example/…"}
    assert not [entry for entry in AuditEntry.objects.all() if "secret" in str(entry.data)]
    assert not [diff for diff in LogEntry.objects.all() if "T1" in str(diff.changes) or "T2" in str(diff.changes)]


@pytest.mark.parametrize(
    "facts", [{"events": []}, {"events": ["no.such"]}, {"events": ["webhook.test"]}, {"url": "http://x.example/"}]
)
def test_what_cannot_work_is_refused(admin: User, facts: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        webhooks.add(**{"name": "Room", "url": URL, "events": ["camera.online"], **facts}, actor=admin)


def test_nobody_is_told_of_what_their_role_does_not_hold(keeper: User) -> None:
    with pytest.raises(MoreThanYouHold, match="security:read"):
        webhooks.add(name="Room", url=URL, events=["security.event"], actor=keeper)


def test_a_restricted_token_keeps_no_webhooks(admin: User, site: Site) -> None:
    scopes = ["webhooks:write", "cameras:read"]
    issued = token_reaches.issue(owner=admin, name="T", scopes=scopes, reach=Reach(sites=[site]), actor=admin)
    keyed = webhooks.add(name="Room", url=URL, events=["camera.online"], actor=admin)
    admin.through = issued.token

    assert not Webhook.objects.visible_to(admin).exists()
    for change in (
        lambda: webhooks.add(name="Two", url=URL, events=["camera.online"], actor=admin),
        lambda: webhooks.edit(keyed.webhook, url="https://other.example/", actor=admin),
        lambda: webhooks.rotate_secret(keyed.webhook, actor=admin),
        lambda: webhooks.show_secret(keyed.webhook, actor=admin),
    ):
        with pytest.raises(MayKeepNone):
            change()


def test_a_token_asks_for_no_more_than_its_scopes(admin: User) -> None:
    issued = api_tokens.issue(owner=admin, name="T", scopes=["webhooks:write", "cameras:read"], actor=admin)
    admin.through = issued.token

    webhooks.add(name="Room", url=URL, events=["camera.online"], actor=admin)
    with pytest.raises(MoreThanYouHold):
        webhooks.add(name="Room", url=URL, events=["security.event"], actor=admin)


def test_a_webhook_tells_of_cameras_that_its_owner_sees_and_of_no_other(
    keeper: User, camera: Camera, other_camera: Camera, django_capture_on_commit_callbacks: Any
) -> None:
    webhook = webhooks.add(name="R", url=URL, events=["camera.online", "camera.offline"], actor=keeper).webhook
    with django_capture_on_commit_callbacks(execute=True):
        health.observe(camera, online=True)
        health.observe(other_camera, online=True)

    delivery = WebhookDelivery.objects.get()
    assert delivery.webhook == webhook
    assert camera.public_id in delivery.body
    assert f'"id":"{delivery.event_id}","type":"camera.online","at":"' in delivery.body


def test_what_the_owner_may_see_is_asked_at_the_moment_of_the_news(keeper: User, camera: Camera) -> None:
    webhook = webhooks.add(name="R", url=URL, events=["camera.online"], actor=keeper).webhook
    for grant in camera.site.grants.all():
        places.withdraw_view(grant, actor=SYSTEM)

    assert news.tell(EventType.CAMERA_ONLINE, {}, camera=camera) == 0
    assert told_to(webhook) == []


@pytest.mark.parametrize("loss", ["role", "account"])
def test_an_owner_who_lost_the_right_is_told_nothing(admin: User, keeper: User, camera: Camera, loss: str) -> None:
    webhooks.add(name="R", url=URL, events=["camera.online"], actor=keeper)
    if loss == "role":
        membership.give_role(keeper, Role.objects.get(name="viewer"), actor=SYSTEM)
    else:
        membership.disable_member(keeper, actor=SYSTEM)

    assert news.tell(EventType.CAMERA_ONLINE, {}, camera=camera) == 0


def test_a_webhook_can_be_about_one_place(
    admin: User,
    site: Site,
    group: CameraGroup,
    camera: Camera,
    make_camera: Callable[..., Camera],
    other_camera: Camera,
) -> None:
    inner = places.add_group(name="Fence", parent=group, actor=SYSTEM)
    fenced = make_camera("SN-3", group=inner, site=other_camera.site)
    of_site = webhooks.add(name="S", url=URL, events=["camera.online"], site=site, actor=admin).webhook
    of_group = webhooks.add(name="G", url=URL, events=["camera.online"], group=group, actor=admin).webhook
    for one in (camera, other_camera, fenced):
        news.tell(EventType.CAMERA_ONLINE, {}, camera=one)

    assert len(told_to(of_site)) == len(told_to(of_group)) == 1


def test_a_place_that_the_owner_does_not_see_does_not_exist(keeper: User, other_site: Site) -> None:
    with pytest.raises(ValidationError, match="may not see"):
        webhooks.add(name="S", url=URL, events=["camera.online"], site=other_site, actor=keeper)


def test_edits_say_what_was_and_is(hook: KeyedWebhook, admin: User) -> None:
    webhooks.edit(hook.webhook, name="Hall", actor=admin)
    data = AuditEntry.objects.get(verb=AuditVerb.WEBHOOK_EDITED).data

    assert data["before"], data["after"] == ({"name": "Control room"}, {"name": "Hall"})


def test_switched_off_it_is_told_nothing(hook: KeyedWebhook, admin: User, camera: Camera) -> None:
    webhooks.edit(hook.webhook, active=False, actor=admin)

    assert news.tell(EventType.CAMERA_ONLINE, {}, camera=camera) == 0


def test_a_removed_webhook_takes_its_deliveries_along(hook: KeyedWebhook, admin: User, camera: Camera) -> None:
    news.tell(EventType.CAMERA_ONLINE, {}, camera=camera)
    webhooks.remove(hook.webhook, actor=admin)

    assert not WebhookDelivery.objects.exists()
    assert AuditEntry.objects.get(verb=AuditVerb.WEBHOOK_REMOVED).data["webhook"]["name"] == "Control room"


def test_during_a_rotation_both_secrets_are_good(hook: KeyedWebhook, admin: User) -> None:
    fresh = webhooks.rotate_secret(hook.webhook, overlap=timedelta(hours=1), actor=admin)
    assert webhooks.secrets_of(fresh.webhook) == [fresh.secret, hook.secret]

    last = webhooks.rotate_secret(fresh.webhook, overlap=timedelta(0), actor=admin)
    assert webhooks.secrets_of(last.webhook) == [last.secret]
    with pytest.raises(ValidationError):
        webhooks.rotate_secret(fresh.webhook, overlap=timedelta(days=8), actor=admin)


def test_news_that_nobody_asks_for_costs_no_query(db: None, camera: Camera, django_assert_num_queries: Any) -> None:
    news.tell(EventType.CAMERA_ONLINE, {}, camera=camera)
    with django_assert_num_queries(0):
        news.tell(EventType.CAMERA_OFFLINE, {}, camera=camera)


def test_a_token_neither_turns_nor_reads_what_it_may_not_know(hook: KeyedWebhook, admin: User, camera: Camera) -> None:
    news.tell(EventType.SECURITY_EVENT, {})
    news.tell(EventType.CAMERA_ONLINE, {}, camera=camera)
    scopes = ["webhooks:write", "cameras:read"]
    admin.through = api_tokens.issue(owner=admin, name="T", scopes=scopes, actor=admin).token

    with pytest.raises(MoreThanYouHold, match="security:read"):
        webhooks.edit(hook.webhook, url=hook.webhook.url + "/elsewhere", actor=admin)
    assert [one.type for one in WebhookDelivery.objects.visible_to(admin)] == ["camera.online"]
