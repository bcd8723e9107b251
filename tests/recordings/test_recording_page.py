"""Stream health and the recording switch on a camera's page."""

from collections.abc import Callable, Iterator

import pytest
from django.test import Client
from django.utils import timezone

from accounts.audit import SYSTEM
from accounts.models import Role, User
from accounts.scopes import Scope
from cameras import enrolment
from cameras.models import Camera
from recordings import policies
from recordings.choices import RecordingMode, RecordingSource
from recordings.health import Health, forget_health, write_health

Page = Callable[[User], Client]


@pytest.fixture
def measured(camera: Camera) -> Iterator[Camera]:
    """`camera` with measurements in Redis."""
    write_health(camera.pk, Health(12.5, 900_000, 8, "avc1.42001e", "", 640, 360, 0.08, 0, timezone.now()))
    yield camera
    forget_health(camera.pk)


def test_health_is_told_in_words_with_advice(viewer: User, measured: Camera, page_of: Page) -> None:
    answer = page_of(viewer).get(f"/cameras/{measured.public_id}/health/", headers={"HX-Request": "true"})

    content = answer.content.decode()
    assert "640 × 360, 12.5 frames/s" in content
    assert "900 kbit/s" in content
    assert "no audio" in content
    assert "Set the key-frame interval to 2 s" in content
    assert "<html" not in content


def test_without_measurements_the_page_says_why(operator: User, camera: Camera, page_of: Page) -> None:
    browser = page_of(operator)
    address = f"/cameras/{camera.public_id}/health/"
    assert b"Nothing is being recorded now" in browser.get(address).content

    policies.set_mode(camera, RecordingMode.OFF, actor=SYSTEM)
    assert b"Recording is off" in browser.get(address).content


def test_recording_is_switched_off_and_on(operator: User, camera: Camera, page_of: Page) -> None:
    browser = page_of(operator)

    off = browser.post(f"/cameras/{camera.public_id}/recording/set/", {"mode": "off"})
    assert off["Location"] == camera.get_absolute_url()
    assert policies.mode_of(camera) == RecordingMode.OFF

    on = browser.post(
        f"/cameras/{camera.public_id}/recording/set/", {"mode": "continuous"}, headers={"HX-Request": "true"}
    )
    assert b"Stop recording" in on.content
    assert b"<html" not in on.content
    assert policies.mode_of(camera) == RecordingMode.CONTINUOUS


def test_what_reads_the_stream_is_chosen(operator: User, camera: Camera, page_of: Page) -> None:
    browser = page_of(operator)
    address = f"/cameras/{camera.public_id}/recording/source/"

    assert browser.post(address, {"source": "ffmpeg"})["Location"] == camera.get_absolute_url()
    assert policies.source_of(camera) == RecordingSource.FFMPEG
    again = browser.post(address, {"source": "auto"}, headers={"HX-Request": "true"})
    assert b"How the stream is read: Automatic" in again.content
    assert browser.post(address, {"source": "gstreamer"}).status_code == 422
    assert policies.source_of(camera) == RecordingSource.AUTO


def test_a_viewer_does_not_choose(viewer: User, camera: Camera, page_of: Page) -> None:
    browser = page_of(viewer)
    assert browser.post(f"/cameras/{camera.public_id}/recording/source/", {"source": "ffmpeg"}).status_code == 403
    assert b"How the stream is read" not in browser.get(f"/cameras/{camera.public_id}/recording/").content


@pytest.mark.parametrize("mode", ["", "sometimes"])
def test_a_mode_that_does_not_exist_changes_nothing(operator: User, camera: Camera, page_of: Page, mode: str) -> None:
    answer = page_of(operator).post(f"/cameras/{camera.public_id}/recording/set/", {"mode": mode})

    assert answer.status_code == 422
    assert policies.mode_of(camera) == RecordingMode.CONTINUOUS


def test_a_viewer_sees_the_mode_without_the_switch(viewer: User, camera: Camera, page_of: Page) -> None:
    content = page_of(viewer).get(f"/cameras/{camera.public_id}/recording/").content

    assert b"Continuous" in content
    assert b"Stop recording" not in content


def test_a_viewer_does_not_switch(viewer: User, camera: Camera, page_of: Page) -> None:
    answer = page_of(viewer).post(f"/cameras/{camera.public_id}/recording/set/", {"mode": "off"})

    assert answer.status_code == 403
    assert policies.mode_of(camera) == RecordingMode.CONTINUOUS


def test_an_invisible_camera_is_not_switched(
    make_user: Callable[..., User], other_camera: Camera, page_of: Page
) -> None:
    Role.objects.create(name="keeper", label="Keeper", scopes=[Scope.CAMERAS_READ, Scope.RECORDINGS_WRITE])
    browser = page_of(make_user("keeper"))

    answer = browser.post(f"/cameras/{other_camera.public_id}/recording/set/", {"mode": "off"})

    assert answer.status_code == 404
    assert policies.mode_of(other_camera) == RecordingMode.CONTINUOUS


def test_a_retired_camera_has_no_switch(operator: User, camera: Camera, page_of: Page) -> None:
    enrolment.retire_camera(camera, actor=SYSTEM)

    assert b"Stop recording" not in page_of(operator).get(f"/cameras/{camera.public_id}/recording/").content
