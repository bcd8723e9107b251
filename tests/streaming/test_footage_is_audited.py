"""Whoever is let to video, live or recorded, is in the audit: who, which camera, which kind, through which door, with what."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts import api_tokens, refresh_families
from accounts.choices import AuditVerb
from accounts.models import ApiToken, AuditEntry, User
from cameras.models import Camera

WITH = ("session", "page", "token", "access token")


def client_with(what: str, user: User) -> tuple[Any, ApiToken | None]:
    """Something that is signed in as a person, and the API token that it shows."""
    if what == "page":  # the portal's player asks by fetch, with the page's own cookies
        browser = Client()
        browser.force_login(user)
        return browser, None
    client = APIClient()
    if what == "session":
        client.force_login(user)
        return client, None
    if what == "token":
        issued = api_tokens.issue(owner=user, name="Wall", scopes=[*user.role.scopes], actor=user)
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {issued.text}")
        return client, issued.token
    pair = refresh_families.begin(actor=user, address="127.0.0.1", user_agent="")
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {pair.access}")
    return client, None


@pytest.mark.parametrize("kind", ["live", "recorded"])
@pytest.mark.parametrize("what", WITH)
def test_a_view_is_in_the_audit(viewer: User, camera: Camera, what: str, kind: str) -> None:
    client, token = client_with(what, viewer)
    answer = client.post(
        "/api/v1/playback-tokens/",
        {"camera": camera.public_id, "kind": kind},
        **({"content_type": "application/json"} if what == "page" else {}),
        headers={"X-Request-ID": "visit-0001"},
        REMOTE_ADDR="198.51.100.7",
    )

    assert answer.status_code == 201, answer.content
    entry = AuditEntry.objects.get(verb=AuditVerb.PLAYBACK_TOKEN_ISSUED)
    assert (entry.actor, entry.token, entry.door) == (viewer, token, "api")
    assert (entry.target_type, entry.target_id, entry.target_label) == ("cameras.camera", str(camera.pk), "Gate")
    assert entry.data["kind"] == {"live": "live", "recorded": "rec"}[kind]
    assert (entry.address, entry.request_id) == ("198.51.100.7", "visit-0001")
    assert answer.json()["token"] not in str(AuditEntry.objects.values_list())


def test_who_is_refused_has_seen_nothing(
    api_of: Callable[[User], APIClient], outsider: User, viewer: User, camera: Camera, other_camera: Camera
) -> None:
    for user, one in ((outsider, camera), (viewer, other_camera)):
        body = {"camera": one.public_id, "kind": "live"}
        assert api_of(user).post("/api/v1/playback-tokens/", body).status_code == 404

    assert not AuditEntry.objects.filter(verb=AuditVerb.PLAYBACK_TOKEN_ISSUED).exists()
