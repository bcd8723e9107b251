"""Rows of a camera are seen by those who see the camera."""

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser

from accounts.audit import SYSTEM
from accounts.models import User
from cameras.models import Camera
from streaming import stream_keys
from streaming.models import MediaNode, PublishAttempt, PublishSession, StreamKey
from streaming.stream_keys import IssuedKey
from tests.streaming.conftest import Ask


@pytest.fixture
def traffic(knock: Ask, other_camera: Camera) -> None:
    """A session and a refused attempt of either camera, and an attempt for a name that no camera has."""
    other_key = stream_keys.rotate_key(other_camera, actor=SYSTEM)
    knock()
    knock(name=other_camera.public_id, key=other_key.secret, clientid=8)
    for name in (None, other_camera.public_id, "garden"):
        knock(**({"name": name} if name else {}), key="wrong", clientid=9)


def cameras_of(rows: Any) -> set[str | None]:
    return set(rows.values_list("camera__serial_number", flat=True))


def test_a_viewer_sees_sessions_and_attempts_of_granted_cameras(traffic: None, viewer: User) -> None:
    assert cameras_of(PublishSession.objects.visible_to(viewer)) == {"SN-1"}
    assert cameras_of(PublishAttempt.objects.visible_to(viewer)) == {"SN-1"}


def test_an_operator_also_sees_attempts_for_names_that_no_camera_has(traffic: None, operator: User) -> None:
    assert cameras_of(PublishSession.objects.visible_to(operator)) == {"SN-1", "SN-9"}
    assert cameras_of(PublishAttempt.objects.visible_to(operator)) == {"SN-1", "SN-9", None}


@pytest.mark.parametrize("model", [PublishSession, PublishAttempt, StreamKey, MediaNode])
def test_outsiders_and_strangers_see_nothing(traffic: None, outsider: User, model: Any) -> None:
    assert not model.objects.visible_to(outsider).exists()
    assert not model.objects.visible_to(AnonymousUser()).exists()


def test_keys_are_for_those_who_may_handle_them(stream_key: IssuedKey, viewer: User, operator: User) -> None:
    assert list(StreamKey.objects.visible_to(operator)) == [stream_key.key]
    assert not StreamKey.objects.visible_to(viewer).exists()


def test_nodes_are_for_those_who_look_after_them(node: MediaNode, viewer: User, operator: User) -> None:
    assert list(MediaNode.objects.visible_to(operator)) == [node]
    assert not MediaNode.objects.visible_to(viewer).exists()
