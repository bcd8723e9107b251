"""Who may publish, what becomes of it, and what an installer is told when a camera may not."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from time_machine import Traveller, travel

from accounts.audit import SYSTEM
from cameras import enrolment
from cameras.choices import CameraStatus
from cameras.models import Camera, StatusChange
from streaming import ingest, nodes, stream_keys
from streaming.choices import ADVICE, EndReason, NodeState, RefusalCause, SessionState, Trouble
from streaming.models import MediaNode, PublishAttempt, PublishSession
from streaming.signals import publish_ended, publish_started
from streaming.stream_keys import IssuedKey
from tests.streaming.conftest import Ask, MediaServer

START = datetime.fromisoformat("2030-06-01T12:00:00Z")


@pytest.fixture(autouse=True)
def clock() -> Iterator[Traveller]:
    """A clock that stands still until it is moved."""
    with travel(START, tick=False) as moved:
        yield moved


@pytest.fixture
def told() -> Iterator[list[str]]:
    """What the floors above are told, in order."""
    heard: list[str] = []

    def hear_start(session: PublishSession, **kwargs: Any) -> None:
        heard.append("started")

    def hear_end(session: PublishSession, **kwargs: Any) -> None:
        heard.append(f"ended: {session.end_reason}")

    publish_started.connect(hear_start)
    publish_ended.connect(hear_end)
    yield heard
    publish_started.disconnect(hear_start)
    publish_ended.disconnect(hear_end)


@pytest.fixture
def live(knock: Ask, camera: Camera, media_server: MediaServer) -> PublishSession:
    """The camera publishes as client 7, and video has been seen."""
    assert knock().status_code == 204
    media_server.publishes(camera.public_id, 7)
    session = PublishSession.objects.get()
    ingest.confirm_flowing(session)
    return session


def status_of(camera: Camera) -> str:
    return Camera.objects.get(pk=camera.pk).status


def attempt() -> PublishAttempt:
    return PublishAttempt.objects.get()


# Admitted is not flowing


def test_an_admitted_camera_is_not_online_before_video_is_seen(knock: Ask, camera: Camera) -> None:
    assert knock().status_code == 204

    session = PublishSession.objects.get()
    assert (session.camera, session.state, session.address) == (camera, SessionState.ADMITTED, "203.0.113.9")
    assert status_of(camera) == CameraStatus.OFFLINE


def test_video_brings_the_camera_online_once(live: PublishSession, camera: Camera) -> None:
    ingest.confirm_flowing(live)

    assert status_of(camera) == CameraStatus.ONLINE
    assert StatusChange.objects.filter(status=CameraStatus.ONLINE).count() == 1
    assert PublishSession.objects.get().flowing_at == START


def test_video_of_an_ended_session_brings_nothing_online(knock: Ask, camera: Camera) -> None:
    knock()
    session = PublishSession.objects.get()
    knock("publish-done")

    ingest.confirm_flowing(session)

    assert status_of(camera) == CameraStatus.OFFLINE
    assert PublishSession.objects.get().state == SessionState.ENDED


def test_an_admitted_key_shows_that_it_was_used(knock: Ask, stream_key: IssuedKey) -> None:
    knock()

    stream_key.key.refresh_from_db()
    assert stream_key.key.last_used_at == START


def test_the_floors_above_hear_of_start_and_end(
    knock: Ask, told: list[str], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        knock()
        knock("publish-done")

    assert told == ["started", "ended: publisher_closed"]


# Refused, with the right cause


def test_a_wrong_key_is_refused_and_kept(knock: Ask, camera: Camera, node: MediaNode) -> None:
    answer = knock(key="not-the-key")

    assert (answer.status_code, answer.content) == (403, b"wrong_key\n")
    assert (attempt().camera, attempt().node, attempt().cause) == (camera, node, RefusalCause.WRONG_KEY)
    assert (attempt().address, attempt().encoder) == ("203.0.113.9", "FMLE/3.0")
    assert attempt().advice == ADVICE["wrong_key"]


@pytest.mark.parametrize("key", ["", None])
def test_a_missing_key_is_refused_as_missing(knock: Ask, key: str | None) -> None:
    assert knock(key=key).content == b"missing_key\n"

    assert attempt().cause == RefusalCause.MISSING_KEY


def test_the_key_of_another_camera_is_wrong(knock: Ask, other_camera: Camera) -> None:
    foreign = stream_keys.rotate_key(other_camera, actor=SYSTEM)

    assert knock(key=foreign.secret).status_code == 403
    assert attempt().cause == RefusalCause.WRONG_KEY


def test_an_expired_key_is_refused_as_expired(knock: Ask, stream_key: IssuedKey) -> None:
    stream_key.key.expires_at = START
    stream_key.key.save()

    assert knock().status_code == 403
    assert attempt().cause == RefusalCause.EXPIRED_KEY


def test_a_revoked_key_is_refused_as_revoked_even_when_it_has_also_expired(knock: Ask, stream_key: IssuedKey) -> None:
    stream_key.key.expires_at = START - timedelta(days=1)
    stream_key.key.save()
    stream_keys.revoke_key(stream_key.key, actor=SYSTEM)

    assert knock().status_code == 403
    assert attempt().cause == RefusalCause.REVOKED_KEY


def test_an_unknown_camera_is_kept_under_the_name_it_gave(knock: Ask) -> None:
    assert knock(name="garden").status_code == 403
    assert (attempt().camera, attempt().presented_name, attempt().cause) == (None, "garden", "unknown_camera")


def test_an_inactive_camera_is_refused_as_inactive(knock: Ask, camera: Camera) -> None:
    enrolment.deactivate_camera(camera, actor=SYSTEM)

    assert knock().status_code == 403
    assert attempt().cause == RefusalCause.INACTIVE_CAMERA


def test_a_retired_camera_is_refused_as_retired(knock: Ask, camera: Camera) -> None:
    enrolment.deactivate_camera(camera, actor=SYSTEM)
    enrolment.retire_camera(camera, actor=SYSTEM)

    assert knock().status_code == 403
    assert attempt().cause == RefusalCause.RETIRED_CAMERA


def test_without_the_key_nobody_learns_that_a_camera_is_inactive(knock: Ask, camera: Camera) -> None:
    enrolment.deactivate_camera(camera, actor=SYSTEM)

    assert knock(key="guess").content == b"wrong_key\n"


def test_an_unknown_node_is_refused(knock: Ask) -> None:
    assert knock(node_name="elsewhere").status_code == 403
    assert (attempt().node, attempt().cause) == (None, RefusalCause.UNKNOWN_NODE)


def test_a_draining_node_takes_no_new_cameras_and_keeps_those_it_has(
    live: PublishSession, knock: Ask, node: MediaNode, make_camera: Callable[..., Camera]
) -> None:
    MediaNode.objects.update(state=NodeState.DRAINING)
    newcomer = make_camera("SN-2")
    key = stream_keys.rotate_key(newcomer, actor=SYSTEM)

    assert knock(name=newcomer.public_id, key=key.secret, clientid=8).content == b"draining_node\n"
    assert knock("update").status_code == 204


def test_a_refused_publish_leaves_no_session(knock: Ask) -> None:
    knock(key="wrong")

    assert not PublishSession.objects.exists()


# Attempts are counted


def test_an_encoder_that_keeps_trying_is_one_row_with_a_count(knock: Ask, clock: Traveller) -> None:
    for _ in range(3):
        knock(key="wrong")
        clock.shift(60)

    assert (attempt().count, attempt().first_at) == (3, START)
    assert attempt().last_at == START + timedelta(minutes=2)


def test_after_a_pause_it_is_a_new_attempt(knock: Ask, clock: Traveller) -> None:
    knock(key="wrong")
    clock.shift(301)
    knock(key="wrong")

    assert list(PublishAttempt.objects.values_list("count", flat=True)) == [1, 1]


def test_another_cause_another_address_or_another_name_is_another_attempt(knock: Ask) -> None:
    knock(key="wrong")
    knock(key="")
    knock(key="wrong", addr="198.51.100.1")
    knock(name="garden")

    assert PublishAttempt.objects.count() == 4


def test_every_refusal_comes_with_advice() -> None:
    assert {cause.value for cause in RefusalCause} == ADVICE.keys()


# A second publisher on a live name


def test_the_second_publisher_is_refused_and_the_first_is_unaffected(
    live: PublishSession, knock: Ask, camera: Camera, clock: Traveller
) -> None:
    clock.shift(30)

    assert knock(clientid=8).content == b"already_publishing\n"
    knock("publish-done", clientid=8)

    session = PublishSession.objects.get()
    assert (session.pk, session.state, session.ended_at) == (live.pk, SessionState.FLOWING, None)
    assert status_of(camera) == CameraStatus.ONLINE
    assert attempt().cause == RefusalCause.ALREADY_PUBLISHING
    assert knock("update").status_code == 204


def test_a_second_publisher_in_the_same_second_does_not_end_the_first(knock: Ask, clock: Traveller) -> None:
    """The node's statistics do not show the first yet: it waits for our answer."""
    knock()
    clock.shift(1)

    assert knock(clientid=8).content == b"already_publishing\n"
    assert PublishSession.objects.get().client_id == 7


def test_a_camera_whose_end_was_never_told_may_come_back(
    live: PublishSession, knock: Ask, media_server: MediaServer, clock: Traveller
) -> None:
    clock.shift(30)
    media_server.streams.clear()

    assert knock(clientid=8).status_code == 204

    live.refresh_from_db()
    assert live.end_reason == EndReason.SUPERSEDED
    assert PublishSession.objects.open_now().get().client_id == 8


def test_after_a_restart_of_nginx_the_same_client_number_is_another_connection(
    live: PublishSession, knock: Ask, media_server: MediaServer, clock: Traveller
) -> None:
    clock.shift(30)
    media_server.streams.clear()

    assert knock(clientid=7, pid=5000).status_code == 204
    assert PublishSession.objects.open_now().get().nginx_pid == 5000


def test_while_the_node_does_not_answer_the_first_keeps_the_name(
    live: PublishSession, knock: Ask, media_server: MediaServer, clock: Traveller
) -> None:
    clock.shift(30)
    media_server.fails_with = 503

    assert knock(clientid=8).content == b"already_publishing\n"
    assert PublishSession.objects.open_now().get() == live


@pytest.mark.django_db(transaction=True)
def test_of_two_knocks_at_once_one_is_admitted(knock: Ask, node: MediaNode) -> None:
    """Both have looked before either has written: the table has the last word."""
    from concurrent.futures import ThreadPoolExecutor
    from threading import Barrier

    from django.db import connection

    if connection.vendor == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    together = Barrier(2)

    def publish(client_id: int) -> int:
        together.wait()
        try:
            return knock(clientid=client_id).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(publish, (7, 8)))

    assert answers == [204, 403]
    assert PublishSession.objects.open_now().count() == 1


# Going on, and ending


def test_an_update_is_noted(live: PublishSession, knock: Ask, clock: Traveller) -> None:
    clock.shift(10)

    assert knock("update").status_code == 204
    live.refresh_from_db()
    assert live.last_update_at == START + timedelta(seconds=10)


@pytest.mark.parametrize("call", ["update_play", "", "anything"])
def test_updates_of_players_are_not_asked_about(knock: Ask, call: str) -> None:
    assert knock("update", call=call, name="garden").status_code == 204
    assert not PublishAttempt.objects.exists()


def test_an_update_of_a_publish_without_a_session_opens_one(knock: Ask, media_server: MediaServer) -> None:
    assert knock("update").status_code == 204
    assert PublishSession.objects.get().client_id == 7


def test_an_update_of_a_stranger_ends_it(knock: Ask) -> None:
    assert knock("update", key="wrong").status_code == 403
    assert attempt().cause == RefusalCause.WRONG_KEY


def test_a_camera_that_leaves_is_offline_with_the_reason(live: PublishSession, knock: Ask, camera: Camera) -> None:
    assert knock("publish-done").status_code == 204

    live.refresh_from_db()
    assert (live.state, live.end_reason, live.ended_at) == ("ended", "publisher_closed", START)
    assert status_of(camera) == CameraStatus.OFFLINE
    assert StatusChange.objects.first().cause == "The camera closed the connection"  # type: ignore[union-attr]


def test_leaving_twice_is_leaving_once(live: PublishSession, knock: Ask, clock: Traveller) -> None:
    knock("publish-done")
    clock.shift(5)
    knock("publish-done")

    live.refresh_from_db()
    assert live.ended_at == START
    assert StatusChange.objects.filter(status=CameraStatus.OFFLINE).count() == 1


def test_the_late_end_of_an_old_connection_does_not_touch_the_new_one(
    live: PublishSession, knock: Ask, camera: Camera, media_server: MediaServer, clock: Traveller
) -> None:
    clock.shift(30)
    media_server.streams.clear()
    knock(clientid=8)
    ingest.confirm_flowing(PublishSession.objects.open_now().get())

    knock("publish-done", clientid=7)

    assert PublishSession.objects.open_now().get().client_id == 8
    assert status_of(camera) == CameraStatus.ONLINE


def test_a_revoked_key_ends_a_running_publish_at_once(
    live: PublishSession,
    stream_key: IssuedKey,
    camera: Camera,
    media_server: MediaServer,
    django_capture_on_commit_callbacks: Any,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        stream_keys.revoke_key(stream_key.key, actor=SYSTEM)

    live.refresh_from_db()
    assert media_server.dropped == [camera.public_id]
    assert live.end_reason == EndReason.KEY_REVOKED
    assert status_of(camera) == CameraStatus.OFFLINE


@pytest.mark.parametrize(
    ("verb", "reason"),
    [(enrolment.deactivate_camera, EndReason.CAMERA_INACTIVE), (enrolment.retire_camera, EndReason.CAMERA_RETIRED)],
)
def test_a_camera_taken_out_of_use_stops_publishing_at_once(
    live: PublishSession,
    camera: Camera,
    media_server: MediaServer,
    django_capture_on_commit_callbacks: Any,
    verb: Callable[..., Camera],
    reason: EndReason,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        verb(camera, actor=SYSTEM)

    live.refresh_from_db()
    assert (media_server.dropped, live.end_reason) == ([camera.public_id], reason)


def test_when_the_node_cannot_be_told_its_next_update_ends_the_publish(
    live: PublishSession,
    knock: Ask,
    stream_key: IssuedKey,
    media_server: MediaServer,
    django_capture_on_commit_callbacks: Any,
) -> None:
    media_server.fails_with = 500
    with django_capture_on_commit_callbacks(execute=True):
        stream_keys.revoke_key(stream_key.key, actor=SYSTEM)

    assert PublishSession.objects.get().end_reason == EndReason.KEY_REVOKED
    assert knock("update").status_code == 403


def test_a_key_that_expires_meanwhile_ends_the_publish_at_the_next_update(
    live: PublishSession, knock: Ask, stream_key: IssuedKey, clock: Traveller
) -> None:
    stream_key.key.expires_at = START + timedelta(minutes=1)
    stream_key.key.save()
    assert knock("update").status_code == 204
    clock.shift(60)

    assert knock("update").status_code == 403
    live.refresh_from_db()
    assert live.end_reason == EndReason.KEY_EXPIRED


# The node's statistics


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

    live.refresh_from_db()
    assert live.end_reason == EndReason.NODE_LOST
    assert status_of(camera) == CameraStatus.OFFLINE


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
