"""What the node's statistics say is made true of sessions, cameras and the node itself."""

import pytest
from django.utils import timezone
from time_machine import Traveller

from cameras.choices import CameraStatus
from cameras.models import Camera
from streaming import ingest, nodes
from streaming.choices import EndReason, NodeState, SessionState, Trouble
from streaming.models import MediaNode, PublishSession
from tests.streaming.conftest import Ask, MediaServer

pytestmark = pytest.mark.usefixtures("clock")


def status_of(camera: Camera) -> str:
    return Camera.objects.get(pk=camera.pk).status


def test_video_in_the_statistics_brings_the_camera_online(
    knock: Ask, node: MediaNode, camera: Camera, media_server: MediaServer
) -> None:
    knock()
    media_server.publishes(camera.public_id, 7)

    nodes.observe_node(node)

    assert status_of(camera) == CameraStatus.ONLINE


def test_data_without_h264_is_told_as_such_after_some_seconds(
    knock: Ask, node: MediaNode, camera: Camera, media_server: MediaServer, clock: Traveller
) -> None:
    knock()
    media_server.publishes(camera.public_id, 7, video_codec="", width=0, bytes_in=500_000)
    nodes.observe_node(node)
    assert PublishSession.objects.get().trouble == Trouble.NONE

    clock.shift(5)
    nodes.observe_node(node)

    session = PublishSession.objects.get()
    assert (session.trouble, session.state) == (Trouble.UNSUPPORTED_VIDEO, SessionState.ADMITTED)
    assert "H.264" in session.get_trouble_display()
    assert status_of(camera) == CameraStatus.OFFLINE


def test_no_data_at_all_is_told_as_such(
    knock: Ask, node: MediaNode, camera: Camera, media_server: MediaServer, clock: Traveller
) -> None:
    knock()
    media_server.publishes(camera.public_id, 7, video_codec="", width=0, bytes_in=0)
    clock.shift(5)

    nodes.observe_node(node)

    assert PublishSession.objects.get().trouble == Trouble.NO_DATA


def test_trouble_is_over_when_video_flows(
    knock: Ask, node: MediaNode, camera: Camera, media_server: MediaServer, clock: Traveller
) -> None:
    knock()
    media_server.publishes(camera.public_id, 7, video_codec="", width=0, bytes_in=0)
    clock.shift(5)
    nodes.observe_node(node)
    media_server.publishes(camera.public_id, 7)

    nodes.observe_node(node)

    assert PublishSession.objects.get().trouble == Trouble.NONE


def test_a_publish_that_the_node_no_longer_has_is_ended(
    live: PublishSession, node: MediaNode, camera: Camera, media_server: MediaServer, clock: Traveller
) -> None:
    media_server.streams.clear()
    nodes.observe_node(node)
    assert PublishSession.objects.open_now().exists()  # just admitted: the statistics may be older

    clock.shift(5)
    nodes.observe_node(node)
    assert PublishSession.objects.open_now().exists()  # nginx may be about to tell why it left

    clock.shift(11)
    nodes.observe_node(node)
    live.refresh_from_db()
    assert live.end_reason == EndReason.NODE_LOST
    assert status_of(camera) == CameraStatus.OFFLINE


def test_a_publisher_that_is_missed_and_then_leaves_in_good_order_has_left_in_good_order(
    live: PublishSession, node: MediaNode, media_server: MediaServer, clock: Traveller, knock: Ask
) -> None:
    clock.shift(5)
    media_server.streams.clear()
    nodes.observe_node(node)
    knock("publish-done")

    clock.shift(3)
    nodes.observe_node(node)

    live.refresh_from_db()
    assert live.end_reason == EndReason.PUBLISHER_CLOSED


def test_a_publisher_that_is_seen_again_was_not_gone(
    live: PublishSession, node: MediaNode, camera: Camera, media_server: MediaServer, clock: Traveller
) -> None:
    clock.shift(5)
    media_server.streams.clear()
    nodes.observe_node(node)
    media_server.publishes(camera.public_id, live.client_id)
    nodes.observe_node(node)
    media_server.streams.clear()
    clock.shift(11)

    nodes.observe_node(node)

    assert PublishSession.objects.open_now().exists()


def test_a_publish_to_a_process_before_a_reload_lasts_while_it_sends_updates(
    live: PublishSession, node: MediaNode, media_server: MediaServer, clock: Traveller
) -> None:
    PublishSession.objects.update(nginx_pid=4000)
    media_server.streams.clear()
    clock.shift(5)
    nodes.observe_node(node)
    assert PublishSession.objects.open_now().exists()

    clock.shift(60)
    nodes.observe_node(node)

    live.refresh_from_db()
    assert live.end_reason == EndReason.NODE_LOST


def test_a_publish_that_nobody_can_read_after_a_reload_has_to_connect_again(
    live: PublishSession, media_server: MediaServer, knock: Ask
) -> None:
    PublishSession.objects.update(nginx_pid=4000)
    live.refresh_from_db()
    media_server.streams.clear()

    ingest.call_back(live)

    assert "reloaded" in PublishSession.objects.get().get_trouble_display()
    assert knock("update").status_code == 403
    live.refresh_from_db()
    assert live.end_reason == EndReason.NODE_LOST


def test_a_publish_that_the_node_shows_is_not_called_back(live: PublishSession) -> None:
    ingest.call_back(live)

    assert PublishSession.objects.get().trouble == Trouble.NONE


def test_a_node_that_is_too_busy_to_be_looked_at_keeps_its_publishes(
    live: PublishSession, node: MediaNode, media_server: MediaServer, clock: Traveller, knock: Ask
) -> None:
    nodes.observe_node(node)
    media_server.fails_with = 500
    for _ in range(4):
        clock.shift(7)
        knock("update")
        clock.shift(7)
        node.refresh_from_db()
        nodes.observe_node(node)
    node.refresh_from_db()
    assert node.state == NodeState.ACTIVE
    assert PublishSession.objects.open_now().exists()

    clock.shift(2)
    nodes.observe_node(node)
    assert not PublishSession.objects.open_now().exists()


def test_a_node_that_falls_silent_is_lost_after_a_while_and_comes_back(
    live: PublishSession, node: MediaNode, media_server: MediaServer, clock: Traveller
) -> None:
    nodes.observe_node(node)
    node.refresh_from_db()
    media_server.fails_with = 500
    clock.shift(7)
    nodes.observe_node(node)
    assert PublishSession.objects.open_now().exists()

    clock.shift(2)
    nodes.observe_node(node)
    node.refresh_from_db()
    assert (node.state, PublishSession.objects.get().end_reason) == (NodeState.LOST, EndReason.NODE_LOST)

    media_server.fails_with = 0
    nodes.observe_node(node)
    node.refresh_from_db()
    assert (node.state, node.seen_at) == (NodeState.ACTIVE, timezone.now())


def test_a_draining_node_that_answers_stays_draining(node: MediaNode, media_server: MediaServer) -> None:
    MediaNode.objects.update(state=NodeState.DRAINING)

    nodes.observe_node(node)

    node.refresh_from_db()
    assert node.state == NodeState.DRAINING
