"""Many publishers at one moment: each is judged for itself, at a cost that does not grow with their number."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from time_machine import Traveller

from accounts import access_rules
from accounts.audit import SYSTEM
from cameras import enrolment
from cameras.models import Camera
from streaming import admission, ingest, nodes, stream_keys
from streaming.admission import Knock, PublisherRefused
from streaming.choices import EndReason, RefusalCause, SessionState
from streaming.models import MediaNode, PublishAttempt, PublishSession, StreamKey
from streaming.signals import publishes_ended, publishes_started
from streaming.stream_keys import IssuedKey
from tests.streaming.conftest import NOON, MediaServer

pytestmark = pytest.mark.usefixtures("clock", "node")

KnockOf = Callable[..., Knock]


@pytest.fixture
def knock_of(node: MediaNode) -> KnockOf:
    """A knock of a camera with a fresh key: `knock_of(camera, client_id=8, key="wrong")`."""

    def make(camera: Camera, **changes: Any) -> Knock:
        facts: dict[str, Any] = {
            "node_name": node.name,
            "nginx_pid": 4711,
            "client_id": 7,
            "name": camera.public_id,
            "address": "203.0.113.9",
            "encoder": "FMLE/3.0",
        }
        if "key" not in changes:
            facts["key"] = stream_keys.rotate_key(camera, actor=SYSTEM).secret
        return Knock(**{**facts, **changes})

    return make


@pytest.fixture
def cameras(make_camera: Callable[..., Camera]) -> list[Camera]:
    return [make_camera(f"MANY-{number}") for number in range(12)]


@pytest.fixture
def told() -> Iterator[list[tuple[str, int]]]:
    """How many sessions the floors above are told of, message by message."""
    heard: list[tuple[str, int]] = []

    def hear_starts(sessions: list[PublishSession], **kwargs: Any) -> None:
        heard.append(("started", len(sessions)))

    def hear_ends(sessions: list[PublishSession], **kwargs: Any) -> None:
        heard.append(("ended", len(sessions)))

    publishes_started.connect(hear_starts)
    publishes_ended.connect(hear_ends)
    yield heard
    publishes_started.disconnect(hear_starts)
    publishes_ended.disconnect(hear_ends)


def said(verdicts: list[Any]) -> list[str]:
    """The verdicts in a word each."""
    return [one.cause.value if isinstance(one, PublisherRefused) else "admitted" for one in verdicts]


def queries_of(verb: Callable[..., Any], *arguments: Any) -> int:
    with CaptureQueriesContext(connection) as context:
        verb(*arguments)
    return len(context)


def test_each_of_many_gets_its_own_verdict(cameras: list[Camera], knock_of: KnockOf) -> None:
    enrolment.deactivate_camera(cameras[2], actor=SYSTEM)
    knocks = [
        knock_of(cameras[0]),
        knock_of(cameras[1], key="wrong"),
        knock_of(cameras[2]),
        knock_of(cameras[3], name="garden"),
        knock_of(cameras[4], node_name="elsewhere"),
        knock_of(cameras[5], key=""),
        knock_of(cameras[6]),
    ]

    verdicts = admission.admit_many(knocks)

    refused = ["wrong_key", "inactive_camera", "unknown_camera", "unknown_node", "missing_key"]
    assert said(verdicts) == ["admitted", *refused, "admitted"]
    assert set(PublishSession.objects.values_list("camera", flat=True)) == {cameras[0].pk, cameras[6].pk}
    assert sorted(PublishAttempt.objects.values_list("cause", flat=True)) == sorted(refused)
    assert StreamKey.objects.filter(last_used_at=NOON).count() == 2


def test_of_two_knocks_for_one_camera_at_one_moment_the_first_is_let_in(camera: Camera, knock_of: KnockOf) -> None:
    verdicts = admission.admit_many([knock_of(camera), knock_of(camera, client_id=8)])

    assert said(verdicts) == ["admitted", "already_publishing"]
    assert PublishSession.objects.get().client_id == 7
    assert PublishAttempt.objects.get().cause == RefusalCause.ALREADY_PUBLISHING


def test_a_stranger_before_the_camera_does_not_take_its_place(camera: Camera, knock_of: KnockOf) -> None:
    verdicts = admission.admit_many([knock_of(camera, key="wrong"), knock_of(camera, client_id=8)])

    assert said(verdicts) == ["wrong_key", "admitted"]
    assert PublishSession.objects.get().client_id == 8


def test_an_encoder_that_tries_often_at_one_moment_is_one_row_with_a_count(
    camera: Camera, other_camera: Camera, knock_of: KnockOf, clock: Traveller
) -> None:
    wrong = [knock_of(camera, key="wrong"), knock_of(camera, key="wrong"), knock_of(other_camera, key="wrong")]
    admission.admit_many(wrong)
    clock.shift(60)
    admission.admit_many([*wrong, knock_of(camera, key="wrong")])

    counts = dict(PublishAttempt.objects.values_list("camera", "count"))
    assert counts == {camera.pk: 5, other_camera.pk: 2}
    assert set(PublishAttempt.objects.values_list("first_at", "last_at")) == {(NOON, NOON + timedelta(minutes=1))}


def test_the_queries_do_not_grow_with_the_number(
    cameras: list[Camera], knock_of: KnockOf, node: MediaNode, media_server: MediaServer, clock: Traveller
) -> None:
    few, many = [knock_of(one) for one in cameras[:2]], [knock_of(one) for one in cameras[2:]]
    assert queries_of(admission.admit_many, few) == queries_of(admission.admit_many, many)
    assert queries_of(admission.still_welcome_many, few) == queries_of(admission.still_welcome_many, many) == 2
    few_sessions = list(PublishSession.objects.filter(camera__in=cameras[:2]).select_related("camera"))
    many_sessions = list(PublishSession.objects.filter(camera__in=cameras[2:]).select_related("camera"))
    assert queries_of(ingest.confirm_flowing_many, few_sessions) == queries_of(
        ingest.confirm_flowing_many, many_sessions
    )
    assert queries_of(admission.publishers_left, few) == queries_of(admission.publishers_left, many)
    assert PublishSession.objects.filter(end_reason=EndReason.PUBLISHER_CLOSED).count() == len(cameras)


def test_cameras_whose_end_was_never_told_come_back_together_and_the_node_is_asked_once(
    cameras: list[Camera], knock_of: KnockOf, media_server: MediaServer, clock: Traveller
) -> None:
    admission.admit_many([knock_of(one) for one in cameras])
    clock.shift(30)
    media_server.publishes(cameras[0].public_id, 7)
    media_server.asked.clear()

    verdicts = admission.admit_many([knock_of(one, client_id=8) for one in cameras])

    assert said(verdicts) == ["already_publishing"] + ["admitted"] * 11
    assert media_server.asked == ["/stat"]
    assert PublishSession.objects.filter(end_reason=EndReason.SUPERSEDED).count() == 11
    assert PublishSession.objects.open_now().count() == 12


def test_nobody_is_asked_when_no_camera_had_a_session(
    cameras: list[Camera], knock_of: KnockOf, media_server: MediaServer
) -> None:
    admission.admit_many([knock_of(one) for one in cameras])

    assert media_server.asked == []


def test_the_floors_above_hear_once_of_all_that_began_and_once_of_all_that_ended(
    cameras: list[Camera], knock_of: KnockOf, told: list[tuple[str, int]], django_capture_on_commit_callbacks: Any
) -> None:
    knocks = [knock_of(one) for one in cameras[:3]]
    with django_capture_on_commit_callbacks(execute=True):
        admission.admit_many([*knocks, knock_of(cameras[3], key="wrong")])
        admission.publishers_left(knocks)

    assert told == [("started", 3), ("ended", 3)]


def test_updates_of_many_end_those_that_may_not_go_on(
    cameras: list[Camera], knock_of: KnockOf, clock: Traveller
) -> None:
    knocks = [knock_of(one) for one in cameras[:4]]
    admission.admit_many(knocks[:3])
    StreamKey.objects.filter(camera=cameras[1]).update(revoked_at=NOON)
    Camera.objects.filter(pk=cameras[2].pk).update(active=False)
    clock.shift(10)

    stranger = knock_of(cameras[5], key="wrong")
    assert admission.still_welcome_many([*knocks, stranger]) == [True, False, False, True, False]

    reasons = dict(PublishSession.objects.values_list("camera", "end_reason"))
    assert reasons == {
        cameras[0].pk: "",
        cameras[1].pk: EndReason.KEY_REVOKED,
        cameras[2].pk: EndReason.CAMERA_INACTIVE,
        cameras[3].pk: "",
    }
    assert set(PublishSession.objects.open_now().values_list("last_update_at", flat=True)) == {
        NOON + timedelta(seconds=10)
    }


def test_the_access_rules_hold_for_publishers(cameras: list[Camera], knock_of: KnockOf) -> None:
    access_rules.add_rule(actor=SYSTEM, action="deny", network="203.0.113.0/24", surface="publish")
    elsewhere = "198.51.100.9"

    verdicts = admission.admit_many(
        [knock_of(cameras[0]), knock_of(cameras[1], address=elsewhere), knock_of(cameras[2], address=None)]
    )

    assert said(verdicts) == ["refused_address", "admitted", "admitted"]
    kept = PublishAttempt.objects.get()
    assert (kept.camera, kept.cause, kept.address) == (cameras[0], RefusalCause.REFUSED_ADDRESS, "203.0.113.9")


def test_a_publish_that_runs_ends_when_a_rule_turns_its_address_away(cameras: list[Camera], knock_of: KnockOf) -> None:
    knocks = [knock_of(cameras[0]), knock_of(cameras[1], address="198.51.100.9")]
    admission.admit_many(knocks)
    access_rules.add_rule(actor=SYSTEM, action="deny", network="203.0.113.9")

    assert admission.still_welcome_many(knocks) == [False, True]
    ended = PublishSession.objects.get(camera=cameras[0])
    assert (ended.state, ended.end_reason) == (SessionState.ENDED, EndReason.REFUSED_ADDRESS)


def test_many_that_begin_to_flow_come_online_together(
    cameras: list[Camera], knock_of: KnockOf, node: MediaNode, media_server: MediaServer
) -> None:
    admission.admit_many([knock_of(one) for one in cameras])
    for one in cameras[:10]:
        media_server.publishes(one.public_id, 7)

    nodes.observe_node(node)

    assert Camera.objects.filter(status="online").count() == 10
    assert PublishSession.objects.filter(state=SessionState.FLOWING, flowing_at=NOON).count() == 10


def test_nothing_to_decide_is_nothing() -> None:
    assert admission.admit_many([]) == []
    assert admission.still_welcome_many([]) == []


def test_a_key_is_in_no_text_of_a_knock(camera: Camera, knock_of: KnockOf, stream_key: IssuedKey) -> None:
    assert stream_key.secret not in repr(knock_of(camera, key=stream_key.secret))
