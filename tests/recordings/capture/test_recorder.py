"""The story of one recording, told with a real source: how it begins, what it keeps, and why it ends."""

import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import redis
from django.db import connection

from accounts.audit import SYSTEM
from cameras.choices import CameraStatus
from cameras.models import Camera
from recordings import health, policies
from recordings.capture import outcome, recorder, running
from recordings.capture.fragments import Fragment, InitSegment
from recordings.capture.index import index_path_of, read_index, verify_index
from recordings.capture.leases import Lease
from recordings.choices import GapCause, RecordingMode
from recordings.models import Interruption, Recording, StorageTier
from recordings.signals import recorder_failed
from streaming import ingest
from streaming.choices import EndReason, SessionState, Trouble
from streaming.models import PublishSession

Parts = tuple[InitSegment, list[Fragment]]
Source = Callable[..., None]
pytestmark = [pytest.mark.ffmpeg, pytest.mark.django_db]


@pytest.fixture
def source(settings: Any, tmp_path: Path, stream: bytes, parts: Parts) -> Source:
    """What stands in for FFmpeg: a program that writes a real stream. `source("cat whole; sleep 60")`.

    `whole`, `before` (all but the last fragment) and `last` are files with what FFmpeg wrote.
    """
    folder = tmp_path / "source"
    folder.mkdir()
    last = parts[1][-1].data
    for name, data in (("whole", stream), ("last", last), ("before", stream[: -len(last)])):
        (folder / name).write_bytes(data)

    def write(script: str) -> None:
        program = folder / "ffmpeg"
        program.write_text(f"#!/bin/sh\ncd {folder}\n{script}\n")
        program.chmod(0o755)
        settings.FFMPEG = str(program)
        settings.RECORDER_SOURCE = "ffmpeg"

    return write


@pytest.fixture
def failures() -> Iterator[list[tuple[str, str]]]:
    """Causes and details of which the floor above was told."""
    heard: list[tuple[str, str]] = []

    def hear(cause: str, detail: str, **kwargs: Any) -> None:
        heard.append((cause, detail))

    recorder_failed.connect(hear)
    yield heard
    recorder_failed.disconnect(hear)


def meanwhile(ready: Callable[[], bool], act: Callable[[], object]) -> threading.Thread:
    """Do something while the recorder runs in this thread, as soon as a condition holds."""

    def wait_and_act() -> None:
        deadline = time.monotonic() + 30
        while not ready() and time.monotonic() < deadline:
            time.sleep(0.02)
        act()

    thread = threading.Thread(target=wait_and_act)
    thread.start()
    return thread


def stop(camera: Camera, cause: GapCause) -> Callable[[], None]:
    return lambda: running.switches()[camera.pk].stop(cause)


def files_of(tier: StorageTier) -> list[Path]:
    return sorted(Path(tier.root).rglob("*.mp4"))


def has_footage(tier: StorageTier) -> Callable[[], bool]:
    return lambda: any(path.stat().st_size > 10_000 for path in files_of(tier))


def test_a_publish_is_recorded_until_the_camera_leaves(
    source: Source, session: PublishSession, tier: StorageTier, camera: Camera
) -> None:
    source("cat whole")
    ingest.end_session(session, reason=EndReason.PUBLISHER_CLOSED)

    recorder.record(session, tier=tier)

    row = Recording.objects.get()
    assert (row.camera, row.session, row.fragment_count) == (camera, session, 6)
    assert (row.end_cause, row.ended_at is not None) == (GapCause.PUBLISHER_CLOSED, True)
    path = row.locations.get().media_path
    assert verify_index(path, read_index(index_path_of(path))) == []
    assert not Interruption.objects.exists()


def test_the_first_fragment_brings_the_camera_online(
    source: Source, session: PublishSession, tier: StorageTier, camera: Camera
) -> None:
    source("cat whole; sleep 60")
    thread = meanwhile(has_footage(tier), stop(camera, GapCause.RECORDING_OFF))

    recorder.record(session, tier=tier)

    thread.join()
    session.refresh_from_db()
    camera.refresh_from_db()
    assert (session.state, camera.status) == (SessionState.FLOWING, CameraStatus.ONLINE)


def test_a_recorder_that_is_told_to_stop_ends_its_file_and_leaves_a_mark(
    source: Source, session: PublishSession, tier: StorageTier, camera: Camera
) -> None:
    source("cat whole; sleep 60")
    thread = meanwhile(has_footage(tier), stop(camera, GapCause.RECORDER_STOPPED))

    recorder.record(session, tier=tier)

    thread.join()
    assert Recording.objects.get().end_cause == GapCause.RECORDER_STOPPED
    assert Interruption.objects.get().cause == GapCause.RECORDER_STOPPED
    assert health.read_health(camera) is None


def test_recording_that_is_switched_off_is_marked_once(
    source: Source, session: PublishSession, tier: StorageTier, camera: Camera
) -> None:
    source("cat whole; sleep 60")
    policies.set_mode(camera, RecordingMode.OFF, actor=SYSTEM)
    thread = meanwhile(has_footage(tier), stop(camera, GapCause.RECORDING_OFF))

    recorder.record(session, tier=tier)

    thread.join()
    assert Recording.objects.get().end_cause == GapCause.RECORDING_OFF
    assert Interruption.objects.get().cause == GapCause.RECORDING_OFF


def test_a_source_that_dies_is_started_again_without_an_overlap(
    source: Source,
    session: PublishSession,
    tier: StorageTier,
    camera: Camera,
    failures: list[tuple[str, str]],
) -> None:
    source('cat whole; echo "first line" >&2; echo "Connection reset by peer" >&2; exit 3')
    thread = meanwhile(lambda: len(files_of(tier)) > 1, stop(camera, GapCause.RECORDER_STOPPED))

    recorder.record(session, tier=tier)

    thread.join()
    rows = list(Recording.objects.order_by("started_at"))
    assert len({row.run_id for row in rows}) == len(rows) > 1
    assert all(before.ended_at <= after.started_at for before, after in pairwise(rows) if before.ended_at)
    assert (rows[0].end_cause, rows[0].end_detail) == (
        "recorder_crashed",
        "FFmpeg ended with 3: Connection reset by peer",
    )
    assert failures[0] == ("recorder_crashed", rows[0].end_detail)


@pytest.mark.django_db(transaction=True)
def test_why_a_stream_ended_in_good_order_is_waited_for_longer_than_for_news_of_a_failure(
    source: Source, session: PublishSession, tier: StorageTier, failures: list[tuple[str, str]]
) -> None:
    source("cat whole; exit 0")

    def tell_late() -> None:
        time.sleep(outcome._NEWS_OF_FAILURE_SECONDS + 1)
        ingest.end_session(session, reason=EndReason.PUBLISHER_CLOSED)
        connection.close()

    thread = meanwhile(has_footage(tier), tell_late)

    recorder.record(session, tier=tier)

    thread.join()
    assert Recording.objects.get().end_cause == GapCause.PUBLISHER_CLOSED
    assert failures == []


def test_a_stream_that_is_none_is_a_change_of_the_stream(
    source: Source, session: PublishSession, tier: StorageTier, camera: Camera, failures: list[tuple[str, str]]
) -> None:
    source("cat before; echo this is no box; sleep 60")
    thread = meanwhile(has_footage(tier), stop(camera, GapCause.RECORDER_STOPPED))

    recorder.record(session, tier=tier)

    thread.join()
    first = Recording.objects.order_by("started_at").first()
    assert first is not None
    assert first.end_cause == GapCause.STREAM_CHANGED
    assert "beyond all measure" in first.end_detail
    assert first.fragment_count == 5
    assert failures[0][0] == "stream_changed"


def test_a_new_init_segment_begins_a_new_file_of_the_same_publish(
    source: Source, session: PublishSession, tier: StorageTier
) -> None:
    source("cat before; cat whole")
    ingest.end_session(session, reason=EndReason.PUBLISHER_CLOSED)

    recorder.record(session, tier=tier)

    first, second = Recording.objects.order_by("started_at")
    assert (first.end_cause, second.end_cause) == (GapCause.STREAM_CHANGED, GapCause.PUBLISHER_CLOSED)
    assert (first.fragment_count, second.fragment_count) == (5, 6)
    assert first.run_id != second.run_id
    assert first.ended_at is not None
    assert first.ended_at <= second.started_at


def test_sound_that_cannot_be_copied_is_read_anew_as_aac(
    source: Source, session: PublishSession, tier: StorageTier
) -> None:
    said = "Could not find tag for codec pcm_alaw in stream #1, codec not currently supported in container"
    source(f'case "$*" in *aac*) cat ../source/whole;; *) echo "{said}" >&2; exit 1;; esac')
    ingest.end_session(session, reason=EndReason.PUBLISHER_CLOSED)

    recorder.record(session, tier=tier)

    assert Recording.objects.get().fragment_count == 6
    assert not Interruption.objects.exists()


def test_sound_that_begins_late_makes_a_new_file(
    source: Source, session: PublishSession, tier: StorageTier, camera: Camera
) -> None:
    source(
        'if mkdir again; then cat before; echo "New audio stream 0:1 at pos:1 and DTS:2s" >&2; sleep 60; fi; cat whole; sleep 60'
    )
    thread = meanwhile(lambda: len(files_of(tier)) == 2, stop(camera, GapCause.RECORDER_STOPPED))

    recorder.record(session, tier=tier)

    thread.join()
    first, second = Recording.objects.order_by("started_at")
    assert (first.end_cause, first.end_detail) == (GapCause.STREAM_CHANGED, "sound began later than the picture")
    assert first.fragment_count == 5
    assert second.end_cause == GapCause.RECORDER_STOPPED


@pytest.mark.parametrize("script", ["exit 127", "echo nothing useful", None])
def test_a_camera_of_which_nothing_is_recorded_is_told_of_once(
    source: Source,
    session: PublishSession,
    tier: StorageTier,
    camera: Camera,
    failures: list[tuple[str, str]],
    monkeypatch: pytest.MonkeyPatch,
    script: str | None,
) -> None:
    source(script or "")
    if script is None:
        monkeypatch.setenv("PATH", "/nonexistent")  # where no process can be made at all
    monkeypatch.setattr(outcome, "_NEWS_SECONDS", 0.1)
    thread = meanwhile(lambda: bool(failures), lambda: time.sleep(1.5))
    stopper = meanwhile(lambda: not thread.is_alive(), stop(camera, GapCause.RECORDING_OFF))

    recorder.record(session, tier=tier)

    thread.join()
    stopper.join()
    assert len(failures) == 1
    assert not Recording.objects.exists()
    assert Interruption.objects.get().detail == failures[0][1] != ""


def test_a_camera_without_h264_leaves_a_gap_that_says_so(
    source: Source, session: PublishSession, tier: StorageTier, camera: Camera, failures: list[tuple[str, str]]
) -> None:
    source("echo 'Stream map 0:v:0 matches no streams.' >&2; exit 1")
    ingest.note_trouble(session, Trouble.UNSUPPORTED_VIDEO)
    thread = meanwhile(lambda: bool(failures), stop(camera, GapCause.RECORDING_OFF))

    recorder.record(session, tier=tier)

    thread.join()
    assert Interruption.objects.get().cause == GapCause.UNSUPPORTED_VIDEO
    assert failures[0][0] == "unsupported_video"


def test_a_full_disk_ends_the_file_cleanly_with_a_mark_and_an_alarm(
    source: Source, session: PublishSession, tier: StorageTier, settings: Any, failures: list[tuple[str, str]]
) -> None:
    source("cat whole; sleep 60")
    settings.RECORDING_MIN_FREE_BYTES = 1 << 60

    recorder.record(session, tier=tier)

    row = Recording.objects.get()
    path = row.locations.get().media_path
    assert row.end_cause == GapCause.DISK_FULL
    assert verify_index(path, read_index(index_path_of(path))) == []
    assert Interruption.objects.get().cause == GapCause.DISK_FULL
    assert [cause for cause, _ in failures] == ["disk_full"]


def test_a_camera_that_fell_silent_is_told_from_one_that_left(
    source: Source, session: PublishSession, tier: StorageTier, settings: Any
) -> None:
    """FFmpeg holds the last pictures back until the node gives up on the silent camera."""
    settings.PUBLISH_IDLE_SECONDS = 1
    source("cat before; sleep 3; cat last")
    ingest.end_session(session, reason=EndReason.PUBLISHER_CLOSED)

    recorder.record(session, tier=tier)

    assert Recording.objects.get().end_cause == GapCause.IDLE_SOCKET
    assert Interruption.objects.get().cause == GapCause.IDLE_SOCKET


def test_a_camera_that_left_in_the_middle_of_a_group_has_not_fallen_silent(
    source: Source, session: PublishSession, tier: StorageTier, settings: Any
) -> None:
    settings.PUBLISH_IDLE_SECONDS = 1
    source("cat before; sleep 1.2; cat last")
    ingest.end_session(session, reason=EndReason.PUBLISHER_CLOSED)

    recorder.record(session, tier=tier)

    assert Recording.objects.get().end_cause == GapCause.PUBLISHER_CLOSED


@pytest.mark.parametrize(
    ("reason", "cause"),
    [
        (EndReason.KEY_REVOKED, GapCause.KEY_REVOKED),
        (EndReason.CAMERA_INACTIVE, GapCause.CAMERA_INACTIVE),
        (EndReason.SUPERSEDED, GapCause.IDLE_SOCKET),
    ],
)
def test_footage_ends_with_the_reason_of_the_publish(
    source: Source, session: PublishSession, tier: StorageTier, reason: EndReason, cause: GapCause
) -> None:
    source("cat whole")
    ingest.end_session(session, reason=reason)

    recorder.record(session, tier=tier)

    assert Recording.objects.get().end_cause == cause


def test_a_camera_that_another_recorder_holds_is_left_alone(
    source: Source, session: PublishSession, tier: StorageTier, camera: Camera
) -> None:
    source("cat whole")
    with Lease(camera.pk) as other:
        other.take()
        recorder.record(session, tier=tier)

    assert files_of(tier) == []
    assert running.switches() == {}


def test_not_a_byte_is_written_after_another_recorder_took_over(
    source: Source, session: PublishSession, tier: StorageTier, camera: Camera, settings: Any
) -> None:
    settings.RECORDER_LEASE_SECONDS = 1
    source("cat before; sleep 60; cat last")
    client = redis.Redis.from_url(settings.REDIS_URL)
    taken = meanwhile(has_footage(tier), lambda: client.set(f"vms:recorder:lease:{camera.pk}", "another", ex=30))

    recorder.record(session, tier=tier)

    taken.join()
    row = Recording.objects.get()
    assert (row.end_cause, row.end_detail) == (GapCause.RECORDER_CRASHED, "another recorder took over")
    assert client.get(f"vms:recorder:lease:{camera.pk}") == b"another"
    client.close()


def test_the_lease_is_given_back_at_the_end(
    source: Source, session: PublishSession, tier: StorageTier, camera: Camera
) -> None:
    source("cat whole")
    ingest.end_session(session, reason=EndReason.PUBLISHER_CLOSED)
    recorder.record(session, tier=tier)

    with Lease(camera.pk) as next_one:
        assert next_one.take()


def test_a_new_publish_never_overlaps_the_footage_before_it(
    source: Source,
    session: PublishSession,
    tier: StorageTier,
    camera: Camera,
    make_session: Callable[..., PublishSession],
) -> None:
    """Eleven seconds arrive at once, so their clock times are ahead of arrival."""
    source("cat whole")
    ingest.end_session(session, reason=EndReason.PUBLISHER_CLOSED)
    recorder.record(session, tier=tier)
    again = make_session(camera, client_id=8)
    ingest.end_session(again, reason=EndReason.PUBLISHER_CLOSED)
    recorder.record(again, tier=tier)

    first, second = Recording.objects.order_by("started_at")
    assert first.ended_at is not None
    assert first.ended_at <= second.started_at
    assert second.session == again
