"""What should be recorded is compared with what is, and made true."""

import os
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine

from accounts.audit import SYSTEM
from cameras.models import Camera
from recordings import policies
from recordings.capture import reconciling, running
from recordings.capture.index import HEADER_BYTES, index_path_of
from recordings.capture.index_columns import RECORD_BYTES
from recordings.capture.leases import Lease
from recordings.choices import GapCause, RecordingMode
from recordings.models import Recording, StorageTier
from streaming import ingest
from streaming.choices import EndReason
from streaming.models import MediaNode, PublishSession
from tests.recordings.conftest import NOON, Film

Queued = Callable[[str], list[dict[str, Any]]]
PathOf = Callable[[Recording], Path]
pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(minutes=10)


@pytest.fixture
def reconcile(node: MediaNode, tier: StorageTier, django_capture_on_commit_callbacks: Any) -> Callable[[], None]:
    """One round of the clock, with all that it queues."""

    def one_round() -> None:
        reconciling._LOOKED_FOR_ORPHANS.clear()
        with django_capture_on_commit_callbacks(execute=True):
            reconciling.reconcile(node)

    return one_round


def capture_of(session: PublishSession) -> dict[str, Any]:
    return {"task": "recordings.capture", "args": [str(session.pk)]}


# Starts what is missing


def test_a_publish_that_nobody_records_is_started_on_its_nodes_queue(
    reconcile: Callable[[], None], session: PublishSession, queued: Queued
) -> None:
    reconcile()

    assert queued("recorder.local") == [capture_of(session)]
    assert queued("vms") == []


def test_what_some_recorder_holds_is_not_started_again(
    reconcile: Callable[[], None], session: PublishSession, camera: Camera, queued: Queued
) -> None:
    with Lease(camera.pk) as lease:
        lease.take()
        reconcile()

    assert queued("recorder.local") == []


def test_what_this_process_records_is_not_started_again_although_redis_forgot_the_lease(
    reconcile: Callable[[], None], session: PublishSession, camera: Camera, queued: Queued
) -> None:
    with running.recording(camera.pk):
        reconcile()

    assert queued("recorder.local") == []


def test_what_is_off_or_ended_or_elsewhere_is_not_started(
    reconcile: Callable[[], None],
    session: PublishSession,
    make_session: Callable[..., PublishSession],
    make_camera: Callable[..., Camera],
    queued: Queued,
) -> None:
    policies.set_mode(session.camera, RecordingMode.OFF, actor=SYSTEM)
    make_session(make_camera("SN-2"), ended_at=NOON, end_reason=EndReason.PUBLISHER_CLOSED)
    elsewhere = MediaNode.objects.create(name="other", registered_at=NOON)
    make_session(make_camera("SN-3"), node=elsewhere)

    reconcile()

    assert queued("recorder.local") == queued("recorder.other") == []


def test_nothing_is_started_without_room(
    reconcile: Callable[[], None], session: PublishSession, settings: Any, queued: Queued
) -> None:
    settings.RECORDING_MIN_FREE_BYTES = 1 << 60

    reconcile()

    assert queued("recorder.local") == []


# Stops what is off


def test_a_recorder_whose_camera_was_switched_off_is_stopped(
    reconcile: Callable[[], None], session: PublishSession, camera: Camera
) -> None:
    with running.recording(camera.pk) as switch:
        reconcile()
        assert switch is not None
        assert switch.cause is None

        policies.set_mode(camera, RecordingMode.OFF, actor=SYSTEM)
        reconcile()
        assert switch.cause == GapCause.RECORDING_OFF


def test_a_recorder_whose_publish_ended_stops_by_itself(
    reconcile: Callable[[], None], session: PublishSession, camera: Camera
) -> None:
    ingest.end_session(session, reason=EndReason.PUBLISHER_CLOSED)

    with running.recording(camera.pk) as switch:
        reconcile()
        assert switch is not None
        assert switch.cause is None


# Tidies up after crashes


@pytest.fixture
def dead(film: Film) -> Recording:
    """Eleven seconds from noon on, whose recorder died."""
    (row,) = film()
    Recording.objects.update(ended_at=None, end_cause="", end_detail="", size_bytes=0, fragment_count=0)
    row.refresh_from_db()
    return row


def closed(row: Recording) -> Recording:
    row.refresh_from_db()
    return row


@pytest.mark.ffmpeg
def test_a_row_whose_recorder_died_gets_its_true_length(
    reconcile: Callable[[], None], dead: Recording, media_path_of: PathOf
) -> None:
    with time_machine.travel(LATER):
        reconcile()

    row = closed(dead)
    assert row.ended_at == NOON + timedelta(seconds=11.023)
    assert (row.fragment_count, row.size_bytes) == (6, media_path_of(row).stat().st_size)
    assert (row.end_cause, row.end_detail) == ("recorder_crashed", "the recorder process died")


@pytest.mark.ffmpeg
def test_the_true_length_is_that_of_the_file_however_torn(
    reconcile: Callable[[], None], dead: Recording, media_path_of: PathOf
) -> None:
    path = media_path_of(dead)
    os.truncate(path, path.stat().st_size - 10)
    os.truncate(index_path_of(path), HEADER_BYTES + RECORD_BYTES + 5)

    with time_machine.travel(LATER):
        reconcile()

    row = closed(dead)
    assert (row.fragment_count, row.ended_at) == (5, NOON + timedelta(seconds=10.023))
    assert row.size_bytes < path.stat().st_size


@pytest.mark.ffmpeg
@pytest.mark.parametrize("harm", ["missing", "empty", "garbage"])
def test_a_row_without_a_readable_file_is_closed_with_no_length(
    reconcile: Callable[[], None], dead: Recording, media_path_of: PathOf, harm: str
) -> None:
    path = media_path_of(dead)
    index_path_of(path).unlink()
    path.unlink()
    if harm != "missing":
        path.write_bytes(b"" if harm == "empty" else b"\x00" * 5000)

    with time_machine.travel(LATER):
        reconcile()

    row = closed(dead)
    assert (row.ended_at, row.fragment_count) == (NOON, 0)
    assert "nothing readable" in row.end_detail


@pytest.mark.ffmpeg
def test_a_row_that_is_being_written_is_left_alone(reconcile: Callable[[], None], dead: Recording) -> None:
    with time_machine.travel(LATER), Lease(dead.camera_id) as lease:
        lease.take()
        reconcile()

    assert closed(dead).ended_at is None


@pytest.mark.ffmpeg
def test_a_row_that_has_just_begun_is_left_alone(reconcile: Callable[[], None], dead: Recording) -> None:
    with time_machine.travel(NOON + timedelta(seconds=2), tick=False):
        reconcile()

    assert closed(dead).ended_at is None


@pytest.mark.ffmpeg
def test_of_two_open_rows_of_a_live_recorder_the_older_one_is_dead(reconcile: Callable[[], None], film: Film) -> None:
    (older,), (younger,) = film(), film(seconds=60)
    Recording.objects.update(ended_at=None, end_cause="")

    with time_machine.travel(LATER), Lease(older.camera_id) as lease:
        lease.take()
        reconcile()

    assert closed(older).end_cause == GapCause.RECORDER_CRASHED
    assert closed(younger).ended_at is None


@pytest.mark.ffmpeg
def test_a_row_whose_run_goes_on_in_the_next_file_was_rotated(
    reconcile: Callable[[], None], film: Film, settings: Any
) -> None:
    settings.RECORDING_ROTATION_SECONDS = 4
    first = film()[0]
    Recording.objects.filter(pk=first.pk).update(ended_at=None, end_cause="")

    with time_machine.travel(LATER):
        reconcile()

    assert closed(first).end_cause == GapCause.ROTATED


def ended(session: PublishSession, at: datetime, reason: EndReason) -> None:
    PublishSession.objects.filter(pk=session.pk).update(ended_at=at, end_reason=reason, state="ended")


@pytest.mark.ffmpeg
@pytest.mark.parametrize(
    ("seconds_later", "reason", "cause"),
    [
        (2, EndReason.PUBLISHER_CLOSED, GapCause.PUBLISHER_CLOSED),
        (2, EndReason.KEY_REVOKED, GapCause.KEY_REVOKED),
        (300, EndReason.PUBLISHER_CLOSED, GapCause.RECORDER_CRASHED),
        (300, EndReason.NODE_LOST, GapCause.NODE_LOST),
        (2, EndReason.SUPERSEDED, GapCause.IDLE_SOCKET),
    ],
)
def test_a_dead_recorder_is_to_blame_only_when_the_publish_went_on_without_it(
    reconcile: Callable[[], None],
    dead: Recording,
    session: PublishSession,
    seconds_later: int,
    reason: EndReason,
    cause: GapCause,
) -> None:
    ended(session, NOON + timedelta(seconds=11 + seconds_later), reason)

    with time_machine.travel(LATER):
        reconcile()

    assert closed(dead).end_cause == cause


@pytest.mark.ffmpeg
def test_a_dead_recorder_is_to_blame_when_another_has_recorded_more_of_the_same_publish(
    reconcile: Callable[[], None], dead: Recording, session: PublishSession, film: Film
) -> None:
    film(seconds=14)
    ended(session, NOON + timedelta(seconds=26), EndReason.PUBLISHER_CLOSED)

    with time_machine.travel(LATER):
        reconcile()

    assert closed(dead).end_cause == GapCause.RECORDER_CRASHED


def age(path: Path, seconds: float) -> None:
    os.utime(path, (time.time() - seconds,) * 2)


@pytest.mark.ffmpeg
def test_a_file_without_a_row_is_adopted_once_it_is_a_minute_old(
    reconcile: Callable[[], None], film: Film, media_path_of: PathOf, session: PublishSession
) -> None:
    ended(session, LATER, EndReason.PUBLISHER_CLOSED)
    (row,) = film()
    path = media_path_of(row)
    pk = row.pk
    row.locations.all().delete()
    row.delete()

    with time_machine.travel(LATER):
        age(path, 5)
        reconcile()
        assert not Recording.objects.exists()
        age(path, 61)
        reconcile()

    assert Recording.objects.get().pk == pk


@pytest.mark.ffmpeg
def test_a_second_round_changes_nothing(reconcile: Callable[[], None], dead: Recording) -> None:
    with time_machine.travel(LATER):
        reconcile()
        first = list(Recording.objects.values())
        reconcile()

    assert list(Recording.objects.values()) == first
