"""Connecting a camera: the address, the key that is shown once, whether the camera has come."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.audit import SYSTEM
from accounts.models import User
from cameras import enrolment
from cameras.models import Camera
from streaming import admission, ingest
from streaming.admission import Knock, PublisherRefused
from streaming.choices import Trouble
from streaming.models import MediaNode, StreamKey
from streaming.stream_keys import IssuedKey

Page = Callable[[User], Client]


def knock(camera: Camera, key: str) -> Knock:
    return Knock("local", nginx_pid=1, client_id=7, name=camera.public_id, key=key, address="192.0.2.7", encoder="OBS")


def state(browser: Client, camera: Camera) -> str:
    answer = browser.get(f"/cameras/{camera.public_id}/connection/", headers={"HX-Request": "true"})
    assert b"<html" not in answer.content
    return answer.content.decode()


def test_a_new_key_is_shown_in_this_answer_only(operator: User, camera: Camera, node: MediaNode, page_of: Page) -> None:
    browser = page_of(operator)

    answer = browser.post(f"/cameras/{camera.public_id}/keys/new/", {"after": ""})

    secret = answer.context["key"]
    assert camera.stream_keys.get().digest == StreamKey.digest_of(secret)
    assert "no-store" in answer["Cache-Control"]
    for path in ("", "connect/", "keys/", "keys/new/", "connection/", "sessions/", "attempts/"):
        assert secret.encode() not in browser.get(f"/cameras/{camera.public_id}/{path}").content
    assert secret not in str(dict(browser.session))


def test_the_page_has_every_form_of_the_address_and_a_line_to_paste(
    operator: User, camera: Camera, node: MediaNode, page_of: Page
) -> None:
    answer = page_of(operator).post(f"/cameras/{camera.public_id}/keys/new/")

    content, secret = answer.content.decode(), answer.context["key"]
    stream = f"{camera.public_id}?key={secret}"
    for value in (
        f"rtmp://node.vms.example:1935/ingest/{stream}",
        f"rtmps://node.vms.example:1936/ingest/{stream}",
        "rtmp://node.vms.example:1935/ingest",
        "rtmps://node.vms.example:1936/ingest",
        stream,
    ):
        assert f'value="{value}"' in content
    line = re.search(r"<textarea[^>]*>(.*?)</textarea>", content, re.DOTALL)
    assert line
    assert line[1].startswith("ffmpeg ")
    assert line[1].endswith(f"&quot;rtmp://node.vms.example:1935/ingest/{stream}&quot;")


def test_the_page_that_is_only_visited_shows_a_placeholder(
    operator: User, camera: Camera, stream_key: IssuedKey, node: MediaNode, page_of: Page
) -> None:
    content = page_of(operator).get(f"/cameras/{camera.public_id}/connect/").content.decode()

    assert f"{camera.public_id}?key=YOUR-STREAM-KEY" in content
    assert camera.stream_keys.count() == 1


def test_a_form_that_is_sent_twice_issues_one_key(operator: User, camera: Camera, page_of: Page) -> None:
    browser = page_of(operator)
    browser.post(f"/cameras/{camera.public_id}/keys/new/", {"after": ""})

    again = browser.post(f"/cameras/{camera.public_id}/keys/new/", {"after": ""})

    assert again.status_code == 409
    assert b"A key was issued already" in again.content
    assert camera.stream_keys.count() == 1


def test_rotating_keeps_the_older_key_for_the_overlap_that_was_chosen(
    operator: User, camera: Camera, stream_key: IssuedKey, node: MediaNode, page_of: Page
) -> None:
    browser = page_of(operator)
    form = browser.get(f"/cameras/{camera.public_id}/keys/new/").context["form"]
    before = timezone.now()

    answer = browser.post(
        f"/cameras/{camera.public_id}/keys/new/", {"after": form.newest_key_id, "overlap": "3600", "expires_at": ""}
    )

    assert answer.status_code == 200
    stream_key.key.refresh_from_db()
    assert stream_key.key.expires_at is not None
    assert before + timedelta(hours=1) <= stream_key.key.expires_at <= timezone.now() + timedelta(hours=1)


def test_an_expiry_is_meant_in_the_sites_time(operator: User, camera: Camera, page_of: Page) -> None:
    page_of(operator).post(f"/cameras/{camera.public_id}/keys/new/", {"expires_at": "2099-07-01T12:00"})

    assert camera.stream_keys.get().expires_at == datetime.fromisoformat("2099-07-01T10:00:00Z")


@pytest.mark.parametrize("expires_at", ["2001-01-01T00:00", "soon"])
def test_an_expiry_that_makes_no_sense_is_refused_at_its_field(
    operator: User, camera: Camera, page_of: Page, expires_at: str
) -> None:
    answer = page_of(operator).post(f"/cameras/{camera.public_id}/keys/new/", {"expires_at": expires_at})

    assert answer.status_code == 422
    assert "expires_at" in answer.context["form"].errors
    assert not camera.stream_keys.exists()


def test_a_retired_camera_gets_no_key(operator: User, camera: Camera, page_of: Page) -> None:
    enrolment.retire_camera(camera, actor=SYSTEM)

    answer = page_of(operator).post(f"/cameras/{camera.public_id}/keys/new/")

    assert answer.status_code == 409
    assert b"gets no new key" in answer.content
    assert not camera.stream_keys.exists()


def test_without_a_media_node_the_page_says_so(operator: User, camera: Camera, page_of: Page) -> None:
    answer = page_of(operator).get(f"/cameras/{camera.public_id}/connect/")

    assert b"No media node is registered" in answer.content


def test_the_state_turns_from_waiting_over_refused_to_connected(
    operator: User, camera: Camera, stream_key: IssuedKey, node: MediaNode, page_of: Page
) -> None:
    browser = page_of(operator)
    assert "Waiting for the camera" in state(browser, camera)

    with pytest.raises(PublisherRefused):
        admission.admit(knock(camera, "not the key"))
    refused = state(browser, camera)
    assert "Refused: The stream key is wrong" in refused
    assert "Copy the whole key" in refused
    assert "not the key" not in refused

    session = admission.admit(knock(camera, stream_key.secret))
    assert "waiting for video" in state(browser, camera)

    ingest.note_trouble(session, Trouble.UNSUPPORTED_VIDEO)
    assert "no H.264 video" in state(browser, camera)

    ingest.confirm_flowing(session)
    connected = state(browser, camera)
    assert "Connected: video flows" in connected
    assert "Refused" not in connected


@pytest.mark.parametrize("page", ["connect/", "connection/", "keys/", "keys/new/"])
def test_a_viewer_gets_neither_addresses_nor_keys(viewer: User, camera: Camera, page_of: Page, page: str) -> None:
    assert page_of(viewer).get(f"/cameras/{camera.public_id}/{page}").status_code == 403


def test_a_viewer_issues_no_key(viewer: User, camera: Camera, page_of: Page) -> None:
    assert page_of(viewer).post(f"/cameras/{camera.public_id}/keys/new/").status_code == 403
    assert not camera.stream_keys.exists()
