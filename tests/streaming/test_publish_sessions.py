"""A publish from its admission to its end, and what a second one on the same name may not do."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from time_machine import Traveller

from accounts.audit import SYSTEM
from cameras import enrolment
from cameras.choices import CameraStatus
from cameras.models import Camera, StatusChange
from streaming import admission, ingest, stream_keys
from streaming.admission import Knock
from streaming.choices import EndReason, RefusalCause, SessionState
from streaming.models import MediaNode, PublishAttempt, PublishSession
from streaming.signals import publishes_ended, publishes_started
from streaming.stream_keys import IssuedKey
from tests.streaming.conftest import NOON, Ask, MediaServer

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def told() -> Iterator[list[str]]:
    """What the floors above are told, in order."""
    heard: list[str] = []

    def hear_start(sessions: list[PublishSession], **kwargs: Any) -> None:
        heard.extend("started" for _ in sessions)

    def hear_end(sessions: list[PublishSession], **kwargs: Any) -> None:
        heard.extend(f"ended: {session.end_reason}" for session in sessions)

    publishes_started.connect(hear_start)
    publishes_ended.connect(hear_end)
    yield heard
    publishes_started.disconnect(hear_start)
    publishes_ended.disconnect(hear_end)


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
    assert PublishSession.objects.get().flowing_at == NOON


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
    assert stream_key.key.last_used_at == NOON


def test_the_floors_above_hear_of_start_and_end(
    knock: Ask, told: list[str], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        knock()
        knock("publish-done")

    assert told == ["started", "ended: publisher_closed"]


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


def test_a_camera_that_comes_back_right_after_nginx_was_killed_is_let_in(
    live: PublishSession, knock: Ask, media_server: MediaServer, clock: Traveller
) -> None:
    """Its young session died with the process, so nobody is still on the way to the name."""
    clock.shift(1)
    media_server.streams.clear()

    assert knock(clientid=8, pid=5000).status_code == 204
    live.refresh_from_db()
    assert live.end_reason == EndReason.NODE_LOST


def test_while_the_node_does_not_answer_the_first_keeps_the_name(
    live: PublishSession, knock: Ask, media_server: MediaServer, clock: Traveller
) -> None:
    clock.shift(30)
    media_server.fails_with = 503

    assert knock(clientid=8).content == b"already_publishing\n"
    assert PublishSession.objects.open_now().get() == live


@pytest.mark.django_db(transaction=True)
def test_of_two_knocks_in_two_processes_at_once_one_is_admitted(
    node: MediaNode, camera: Camera, stream_key: IssuedKey
) -> None:
    """Both have looked before either has written: the table has the last word."""
    from concurrent.futures import ThreadPoolExecutor
    from threading import Barrier

    from django.db import connection

    if connection.vendor == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    together = Barrier(2)

    def publish(client_id: int) -> bool:
        knock = Knock(node.name, 4711, client_id, camera.public_id, stream_key.secret, address=None, encoder="")
        together.wait()
        try:
            return isinstance(admission.admit_many([knock])[0], PublishSession)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(publish, (7, 8)))

    assert answers == [False, True]
    assert PublishSession.objects.open_now().count() == 1


# Going on, and ending


def test_an_update_is_noted(live: PublishSession, knock: Ask, clock: Traveller) -> None:
    clock.shift(10)

    assert knock("update").status_code == 204
    live.refresh_from_db()
    assert live.last_update_at == NOON + timedelta(seconds=10)


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
    assert (live.state, live.end_reason, live.ended_at) == ("ended", "publisher_closed", NOON)
    assert status_of(camera) == CameraStatus.OFFLINE
    assert StatusChange.objects.first().cause == "The camera closed the connection"  # type: ignore[union-attr]


def test_leaving_twice_is_leaving_once(live: PublishSession, knock: Ask, clock: Traveller) -> None:
    knock("publish-done")
    clock.shift(5)
    knock("publish-done")

    live.refresh_from_db()
    assert live.ended_at == NOON
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
    stream_key.key.expires_at = NOON + timedelta(minutes=1)
    stream_key.key.save()
    assert knock("update").status_code == 204
    clock.shift(60)

    assert knock("update").status_code == 403
    live.refresh_from_db()
    assert live.end_reason == EndReason.KEY_EXPIRED
