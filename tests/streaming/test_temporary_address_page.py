"""An address for a phone or a drone: shown once, ends by itself."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.audit import SYSTEM
from accounts.models import User
from cameras import enrolment
from cameras.models import Camera
from streaming.models import MediaNode, StreamKey

Page = Callable[[User], Client]


def url_of(camera: Camera) -> str:
    return f"/cameras/{camera.public_id}/temporary-address/"


def test_the_address_is_shown_in_this_answer_only(
    operator: User, camera: Camera, node: MediaNode, page_of: Page
) -> None:
    browser = page_of(operator)
    assert b"4 hours" in browser.get(url_of(camera)).content
    answer = browser.post(url_of(camera), {"valid_for": "14400"})
    secret = answer.context["issued"].secret
    words = answer.content.decode()
    assert f"rtmps://node.vms.example:1936/ingest/{camera.public_id}?key={secret}" in words
    assert "no-store" in answer["Cache-Control"]
    key = StreamKey.objects.get()
    assert key.temporary
    assert key.expires_at - timezone.now() <= timedelta(hours=4)
    for path in ("", "keys/", "connect/", "temporary-address/"):
        assert secret.encode() not in browser.get(f"/cameras/{camera.public_id}/{path}").content
    assert b"temporary" in browser.get(f"/cameras/{camera.public_id}/keys/").content


def test_the_form_of_the_next_key_is_not_overtaken_by_it(operator: User, camera: Camera, page_of: Page) -> None:
    browser = page_of(operator)
    browser.post(url_of(camera), {"valid_for": "3600"})
    assert browser.post(f"/cameras/{camera.public_id}/keys/new/", {"after": ""}).context["key"]


@pytest.mark.parametrize("wish", ["", "1", "90000", "soon"])
def test_a_span_that_is_not_offered_is_told(operator: User, camera: Camera, page_of: Page, wish: str) -> None:
    assert page_of(operator).post(url_of(camera), {"valid_for": wish}).status_code == 422
    assert not StreamKey.objects.exists()


def test_a_retired_camera_gets_none(operator: User, camera: Camera, page_of: Page) -> None:
    enrolment.retire_camera(camera, actor=SYSTEM)
    assert page_of(operator).post(url_of(camera), {"valid_for": "3600"}).status_code == 409


def test_who_may_not_handle_keys_gets_none(
    viewer: User, outsider: User, camera: Camera, page_of: Page, client: Client
) -> None:
    for person in (viewer, outsider):
        assert page_of(person).post(url_of(camera), {"valid_for": "3600"}).status_code == 403
    assert client.post(url_of(camera), {"valid_for": "3600"}).status_code == 302
