"""Recording is on or off, and whatever happens to a camera leaves the right cause behind."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from accounts.audit import SYSTEM
from accounts.choices import AuditVerb
from accounts.models import AuditEntry, User
from cameras import enrolment
from cameras.models import Camera
from recordings import policies
from recordings.choices import GapCause, RecordingMode
from recordings.models import Interruption, RecordingPolicy
from streaming import ingest
from streaming.choices import EndReason
from streaming.models import MediaNode, PublishSession
from streaming.signals import publishes_started
from tests.recordings.conftest import NOON

Queued = Callable[[str], list[dict[str, Any]]]
pytestmark = pytest.mark.django_db
OFF, ON = RecordingMode.OFF, RecordingMode.CONTINUOUS


@pytest.fixture(autouse=True)
def clock() -> Any:
    """A clock that stands still until it is moved."""
    with time_machine.travel(NOON, tick=False) as moved:
        yield moved


def causes() -> list[str]:
    return list(Interruption.objects.order_by("pk").values_list("cause", flat=True))


def test_a_camera_without_a_policy_is_recorded(camera: Camera) -> None:
    assert policies.mode_of(camera) == ON


def test_switching_off_is_kept_marked_and_audited(camera: Camera, operator: User) -> None:
    policies.set_mode(camera, OFF, actor=operator)

    assert policies.mode_of(camera) == OFF
    assert causes() == [GapCause.RECORDING_OFF]
    entry = AuditEntry.objects.get(verb=AuditVerb.RECORDING_POLICY_SET)
    assert (entry.actor, entry.data) == (operator, {"before": "continuous", "after": "off"})


def test_setting_what_is_set_does_nothing(camera: Camera, operator: User) -> None:
    policies.set_mode(camera, ON, actor=operator)

    assert not RecordingPolicy.objects.exists()
    assert causes() == []
    assert not AuditEntry.objects.filter(verb=AuditVerb.RECORDING_POLICY_SET).exists()


def test_recorders_hear_of_a_new_policy_after_the_commit(
    camera: Camera, operator: User, queued: Queued, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        policies.set_mode(camera, OFF, actor=operator)
        assert queued("vms") == []

    assert queued("vms") == [{"task": "recordings.reconcile_all_nodes", "args": []}]


@pytest.mark.parametrize(
    ("verb", "cause"),
    [
        (None, GapCause.PUBLISHER_CLOSED),
        (enrolment.deactivate_camera, GapCause.CAMERA_INACTIVE),
        (enrolment.retire_camera, GapCause.CAMERA_RETIRED),
    ],
)
def test_switching_on_again_leaves_what_keeps_the_camera_from_being_recorded(
    camera: Camera, verb: Callable[..., Camera] | None, cause: GapCause
) -> None:
    policies.set_mode(camera, OFF, actor=SYSTEM)
    if verb is not None:
        camera = verb(camera, actor=SYSTEM)

    policies.set_mode(camera, ON, actor=SYSTEM)

    assert causes() == [GapCause.RECORDING_OFF, cause]


def test_switching_on_while_the_camera_publishes_leaves_it_at_that_it_was_off(session: PublishSession) -> None:
    """Footage comes in a moment; nothing else kept it away until then."""
    policies.set_mode(session.camera, OFF, actor=SYSTEM)

    policies.set_mode(session.camera, ON, actor=SYSTEM)

    assert causes() == [GapCause.RECORDING_OFF]


# What other floors tell


@pytest.mark.parametrize(
    ("reason", "cause"),
    [
        (EndReason.PUBLISHER_CLOSED, GapCause.PUBLISHER_CLOSED),
        (EndReason.KEY_EXPIRED, GapCause.KEY_EXPIRED),
        (EndReason.REFUSED_ADDRESS, GapCause.REFUSED_ADDRESS),
        (EndReason.CUT_OFF, GapCause.CUT_OFF),
        (EndReason.NODE_LOST, GapCause.NODE_LOST),
        (EndReason.SUPERSEDED, GapCause.IDLE_SOCKET),
    ],
)
def test_the_end_of_a_publish_is_marked_with_its_reason_and_instant(
    session: PublishSession, django_capture_on_commit_callbacks: Any, reason: EndReason, cause: GapCause
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        ingest.end_session(session, reason=reason)

    found = Interruption.objects.get()
    assert (found.camera, found.cause, found.at) == (session.camera, cause, NOON)


def test_every_reason_a_publish_can_end_for_is_a_cause_of_a_gap() -> None:
    without = {reason.value for reason in EndReason} - {cause.value for cause in GapCause}

    assert without == {EndReason.SUPERSEDED}


def test_deactivating_and_reactivating_leave_their_marks(
    camera: Camera, django_capture_on_commit_callbacks: Any, clock: time_machine.Traveller
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        enrolment.deactivate_camera(camera, actor=SYSTEM)
    clock.shift(60)
    with django_capture_on_commit_callbacks(execute=True):
        enrolment.reactivate_camera(camera, actor=SYSTEM)

    assert causes() == [GapCause.CAMERA_INACTIVE, GapCause.PUBLISHER_CLOSED]
    assert Interruption.objects.last().at == NOON + timedelta(seconds=60)  # type: ignore[union-attr]


def test_while_recording_is_off_nothing_else_is_the_reason(
    session: PublishSession, camera: Camera, django_capture_on_commit_callbacks: Any
) -> None:
    policies.set_mode(camera, OFF, actor=SYSTEM)

    with django_capture_on_commit_callbacks(execute=True):
        ingest.end_session(session, reason=EndReason.PUBLISHER_CLOSED)
        enrolment.deactivate_camera(camera, actor=SYSTEM)
        enrolment.reactivate_camera(camera, actor=SYSTEM)

    assert causes() == [GapCause.RECORDING_OFF]


def test_a_publish_that_starts_is_recorded_at_once_unless_recording_is_off(
    session: PublishSession, camera: Camera, queued: Queued, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        publishes_started.send(sender=PublishSession, sessions=[session])
    assert queued("recorder.local") == [{"task": "recordings.capture", "args": [str(session.pk)]}]

    policies.set_mode(camera, OFF, actor=SYSTEM)
    with django_capture_on_commit_callbacks(execute=True):
        publishes_started.send(sender=PublishSession, sessions=[session])
    assert queued("recorder.local") == []


def test_when_many_publishes_start_at_once_the_node_is_asked_once_to_compare(
    make_camera: Callable[..., Camera], node: MediaNode, queued: Queued, django_capture_on_commit_callbacks: Any
) -> None:
    sessions = [
        PublishSession(camera=make_camera(f"MANY-{number}"), node=node, nginx_pid=1, client_id=number)
        for number in range(20)
    ]

    with django_capture_on_commit_callbacks(execute=True):
        publishes_started.send(sender=PublishSession, sessions=sessions)

    assert queued("recorder.local") == [{"task": "recordings.reconcile_node", "args": ["local"]}]
