"""The doors of the clock and of the recorder's queue."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from accounts.models import User
from cameras.models import Camera
from recordings import tasks, tiers
from recordings.capture import running
from recordings.choices import GapCause
from recordings.models import Recording, StorageTier
from streaming.models import MediaNode, PublishSession
from tests.recordings.conftest import NOON

Queued = Callable[[str], list[dict[str, Any]]]
pytestmark = pytest.mark.django_db


def test_the_clock_asks_every_node(node: MediaNode, queued: Queued, django_capture_on_commit_callbacks: Any) -> None:
    MediaNode.objects.create(name="other", registered_at=NOON)

    with django_capture_on_commit_callbacks(execute=True):
        tasks.reconcile_all_nodes()

    for name in ("local", "other"):
        assert queued(f"recorder.{name}") == [{"task": "recordings.reconcile_node", "args": [name]}]


def test_a_note_of_a_publish_that_is_over_or_unknown_is_dropped(
    make_session: Callable[..., PublishSession], camera: Camera, tier: StorageTier, settings: Any
) -> None:
    settings.FFMPEG = "/must/not/be/started"
    over = make_session(camera, ended_at=NOON)

    tasks.capture(str(over.pk))
    tasks.capture(str(uuid4()))

    assert not Recording.objects.exists()
    assert [path.name for path in Path(tier.root).iterdir()] == [tiers.MARKER_NAME]


@pytest.mark.ffmpeg
def test_a_camera_that_came_back_during_the_end_of_its_recording_does_not_wait_for_the_clock(
    session: PublishSession,
    tier: StorageTier,
    tmp_path: Path,
    stream: bytes,
    settings: Any,
    queued: Queued,
    django_capture_on_commit_callbacks: Any,
) -> None:
    (tmp_path / "whole").write_bytes(stream)
    program = tmp_path / "ffmpeg"
    program.write_text(f"#!/bin/sh\ncat {tmp_path}/whole; sleep 60\n")
    program.chmod(0o755)
    settings.FFMPEG = str(program)

    def stop_once_it_runs() -> None:
        while session.camera_id not in running.switches():
            time.sleep(0.02)
        running.switches()[session.camera_id].stop(GapCause.RECORDING_OFF)

    ending = threading.Thread(target=stop_once_it_runs)
    ending.start()

    with django_capture_on_commit_callbacks(execute=True):
        tasks.capture(str(session.pk))

    ending.join()
    assert queued("recorder.local") == [{"task": "recordings.reconcile_node", "args": ["local"]}]


def test_a_node_compares_what_it_records(
    session: PublishSession, tier: StorageTier, queued: Queued, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        tasks.reconcile_node("local")

    assert queued("recorder.local") == [{"task": "recordings.capture", "args": [str(session.pk)]}]


def test_a_worker_that_goes_down_ends_its_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "_shutting_down", False)

    with running.recording(1) as switch:
        tasks.on_worker_shutting_down()
        assert switch is not None
        assert switch.cause == GapCause.RECORDER_STOPPED


def test_a_node_has_one_folder_for_footage(node: MediaNode, settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT_PATH = tmp_path / "media"
    tier = tiers.hot_tier_of(node)
    settings.MEDIA_ROOT_PATH = tmp_path / "elsewhere"

    assert tiers.hot_tier_of(node) == tier
    assert Path(tier.root).is_dir()
    assert tier.root == str(tmp_path / "media" / "archive")


def test_recordings_are_seen_by_those_who_see_the_camera_and_may_see_recordings(
    camera: Camera, other_camera: Camera, viewer: User, operator: User, outsider: User
) -> None:
    for one in (camera, other_camera):
        Recording.objects.create(camera=one, run_id=uuid4(), started_at=NOON, ended_at=NOON + timedelta(minutes=1))

    def seen_by(user: object) -> list[str]:
        return sorted(row.camera.serial_number for row in Recording.objects.visible_to(user))

    assert seen_by(viewer) == ["SN-1"]
    assert seen_by(operator) == ["SN-1", "SN-9"]
    assert seen_by(outsider) == seen_by(None) == []
    viewer.role.scopes = ["cameras:read"]
    assert seen_by(viewer) == []


def test_an_open_recording_overlaps_every_range_after_its_start(camera: Camera) -> None:
    Recording.objects.create(camera=camera, run_id=uuid4(), started_at=NOON)

    def found(start: int, end: int) -> bool:
        instants = (NOON + timedelta(minutes=start), NOON + timedelta(minutes=end))
        return Recording.objects.overlapping(*instants).exists()

    assert found(10, 20)
    assert not found(-20, 0)
    Recording.objects.update(ended_at=NOON + timedelta(minutes=5))
    assert found(0, 1)
    assert not found(5, 10)
