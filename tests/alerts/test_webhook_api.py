"""Webhooks in the API and on their pages."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts import api_tokens, elevation
from accounts.models import User
from alerts import delivering
from alerts.models import Webhook, WebhookDelivery
from alerts.webhooks import KeyedWebhook
from cameras import token_reaches
from cameras.models import Site
from cameras.token_reaches import Reach
from tests.alerts.conftest import Receiver

WISH = {"name": "Room", "url": "https://hooks.example.com/vms", "events": ["camera.offline"]}
LIST = "/api/v1/webhooks/"


@pytest.fixture
def program(admin: User) -> APIClient:
    """A program of the administrator, which needs no elevation."""
    issued = api_tokens.issue(owner=admin, name="T", scopes=["webhooks:write", "cameras:read"], actor=admin)
    return APIClient(headers={"Authorization": f"Bearer {issued.text}"})


@pytest.fixture
def browser(page_of: Callable[[User], Client], admin: User) -> Client:
    """The administrator, elevated."""
    client = page_of(admin)
    session = client.session
    elevation.begin(session, actor=admin, reason="webhooks")
    session.save()
    return client


def test_a_program_keeps_webhooks(program: APIClient) -> None:
    made = program.post(LIST, WISH)
    address = f"{LIST}{made.json()['id']}/"

    assert made.status_code == 201
    assert made["Cache-Control"] == "no-store"
    assert made.json()["secret"].startswith("whsec_")
    assert "secret" not in program.get(address).json()
    assert program.get(f"{address}secret/").json()["secret"] == made.json()["secret"]
    assert program.patch(address, {"active": False}).json()["active"] is False
    rotated = program.post(f"{address}rotate-secret/", {"overlap_seconds": 60}).json()
    assert rotated["secret"] != made.json()["secret"]
    assert rotated["previous_until"]
    assert program.delete(address).status_code == 204


def test_in_a_browser_a_secret_needs_an_elevation(
    api_of: Callable[[User], APIClient], admin: User, hook: KeyedWebhook, problem_of: Callable[..., Any]
) -> None:
    client = api_of(admin)
    for answer in (
        client.post(LIST, WISH),
        client.get(f"{LIST}{hook.webhook.pk}/secret/"),
        client.post(f"{LIST}{hook.webhook.pk}/rotate-secret/", {}),
    ):
        problem_of(answer, 403, "elevation-required")


def test_a_wrong_address_and_news_beyond_ones_scopes_are_told(
    program: APIClient, problem_of: Callable[..., Any]
) -> None:
    wrong = problem_of(program.post(LIST, {**WISH, "url": "http://10.0.0.1/"}), 400, "invalid")
    assert wrong["errors"][0]["pointer"] == "/url"
    problem_of(program.post(LIST, {**WISH, "events": ["security.event"]}), 403, "more-than-you-hold")


def test_a_test_is_sent_and_delivered_again(program: APIClient, hook: KeyedWebhook, receiver: Receiver) -> None:
    sent = program.post(f"{LIST}{hook.webhook.pk}/test/")
    delivering.deliver_due()
    told = program.get(f"/api/v1/webhook-deliveries/{sent.json()['id']}/").json()

    assert sent.status_code == 202
    assert (told["state"], told["status"], told["response_start"]) == ("delivered", 200, "ok")
    assert program.post(f"/api/v1/webhook-deliveries/{told['id']}/redeliver/").json()["state"] == "waiting"
    rows = program.get(f"/api/v1/webhook-deliveries/?webhook={hook.webhook.pk}&state=waiting").json()["results"]
    assert [row["id"] for row in rows] == [told["id"]]


def test_the_pages(browser: Client, receiver: Receiver, here_is_allowed: None) -> None:
    made = browser.post("/administration/webhooks/add/", {**WISH, "url": receiver.url, "active": "on"})
    webhook = Webhook.objects.get()
    page = f"/administration/webhooks/{webhook.pk}/"

    assert "whsec_" in made.content.decode()
    assert browser.post(f"{page}test/").url == page
    delivering.deliver_due()
    assert "webhook.test" in browser.get(page).content.decode()
    assert "Room" in browser.get("/administration/webhooks/").content.decode()
    assert "whsec_" not in browser.get(f"{page}secret/").content.decode()
    assert "whsec_" in browser.post(f"{page}secret/").content.decode()
    assert browser.get(f"{page}rotate/").status_code == 200
    assert "whsec_" in browser.post(f"{page}rotate/", {"overlap": 3600}).content.decode()
    edited = browser.post(f"{page}edit/", {**WISH, "name": "Hall", "url": receiver.url})
    assert edited.url == page
    assert browser.post(f"{page}edit/", {**WISH, "events": []}).status_code == 422
    again = browser.post(f"/administration/webhooks/deliveries/{WebhookDelivery.objects.get().pk}/again/")
    assert again.url == page
    assert browser.get(f"{page}remove/").status_code == 200
    assert browser.post(f"{page}remove/").url == "/administration/webhooks/"
    assert not Webhook.objects.exists()


def test_another_persons_webhook_does_not_exist(
    hook: KeyedWebhook, make_user: Callable[..., User], page_of: Callable[[User], Client]
) -> None:
    other = page_of(make_user("admin", "second@vms.example"))

    assert other.get(f"/administration/webhooks/{hook.webhook.pk}/").status_code == 404
    assert other.get(f"{LIST}{hook.webhook.pk}/").status_code == 404


def test_an_elevation_is_asked_for_on_pages(page_of: Callable[[User], Client], admin: User, hook: KeyedWebhook) -> None:
    for page in ("add", f"{hook.webhook.pk}/secret", f"{hook.webhook.pk}/rotate"):
        assert page_of(admin).get(f"/administration/webhooks/{page}/").url.startswith("/elevate/")


def test_a_restricted_token_is_refused_in_words(admin: User, site: Site, problem_of: Callable[..., Any]) -> None:
    scopes = ["webhooks:write", "cameras:read"]
    issued = token_reaches.issue(owner=admin, name="T", scopes=scopes, reach=Reach(sites=[site]), actor=admin)
    client = APIClient(headers={"Authorization": f"Bearer {issued.text}"})

    problem_of(client.post(LIST, WISH), 403, "more-than-you-hold")
