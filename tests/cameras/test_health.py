"""Status is written by one room, as transitions."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from accounts.audit import SYSTEM
from cameras import enrolment, health
from cameras.choices import Badge, CameraStatus
from cameras.models import Camera, StatusChange
from cameras.signals import camera_status_changed

NOON = datetime(2030, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
def told() -> Iterator[list[tuple[str, str]]]:
    """Status and cause of which the floors above were told."""
    heard: list[tuple[str, str]] = []

    def hear(camera: Camera, cause: str, **kwargs: Any) -> None:
        heard.append((camera.status, cause))

    camera_status_changed.connect(hear)
    yield heard
    camera_status_changed.disconnect(hear)


def test_a_transition_is_written_once(camera: Camera) -> None:
    assert health.observe(camera, online=True, cause="video flows", at=NOON)
    assert not health.observe(camera, online=True, cause="again")

    change = StatusChange.objects.get()
    assert (change.status, change.cause, change.at) == (CameraStatus.ONLINE, "video flows", NOON)
    assert Camera.objects.get().status_since == NOON


def test_a_stale_object_does_not_repeat_a_transition(camera: Camera) -> None:
    stale = Camera.objects.get(pk=camera.pk)
    health.observe(camera, online=True)

    assert not health.observe(stale, online=True)
    assert StatusChange.objects.count() == 1


def test_the_object_that_was_passed_knows_the_news(camera: Camera) -> None:
    health.observe(camera, online=True, at=NOON)

    assert (camera.badge, camera.status_since) == (Badge.ONLINE, NOON)


def test_the_floors_above_are_told_of_transitions_only(
    camera: Camera, told: list[tuple[str, str]], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        health.observe(camera, online=True, cause="video flows")
        health.observe(camera, online=True, cause="video flows")

    assert told == [("online", "video flows")]


def test_a_long_cause_is_cut_not_refused(camera: Camera) -> None:
    health.observe(camera, online=True, cause="x" * 500)

    assert StatusChange.objects.get().cause == "x" * 120


def test_people_see_that_a_camera_is_out_of_use_rather_than_its_status(camera: Camera) -> None:
    health.observe(camera, online=True)
    camera = enrolment.deactivate_camera(camera, actor=SYSTEM)
    assert (camera.status, camera.badge) == (CameraStatus.ONLINE, Badge.INACTIVE)

    camera = enrolment.retire_camera(camera, actor=SYSTEM)
    assert camera.badge == Badge.RETIRED
