"""A disk for footage that fills up: an alarm before, files that stay valid, a cause on the timeline, and a way back."""

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from recordings.disk_space import free_bytes
from tests.e2e.own_stack import OwnStack, mounted, own_stack
from tests.e2e.people import EnrolledCamera, Person
from tests.e2e.waiting import eventually

pytestmark = [
    pytest.mark.slow,
    pytest.mark.own_stack,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk"),
]
FLOOR_BYTES = 8_000_000


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[OwnStack]:
    """Footage lies on a disk of 60 MB of its own."""
    volume = mounted(tmp_path / "media", "-t", "tmpfs", "-o", "size=60m", "none")
    with volume, own_stack(tmp_path, {"VMS_RECORDING_MIN_FREE_BYTES": str(FLOOR_BYTES)}) as running:
        yield running


def fill(stack: OwnStack, free: int) -> Path:
    """Leave so many bytes for VMS."""
    ballast = stack.root / "media" / "ballast"
    with ballast.open("ab") as file:
        wanted = free_bytes(stack.root / "media") - free
        try:
            while wanted > 0:
                wanted -= os.write(file.fileno(), bytes(min(wanted, 1 << 20)))
        except OSError:
            pass  # there is no more room than that
    return ballast


def gaps(operator: Person, camera: EnrolledCamera) -> list[dict[str, Any]]:
    now = datetime.now(UTC)
    asked = {"camera": camera.public_id, "start": (now - timedelta(minutes=4)).isoformat(), "end": now.isoformat()}
    found: list[dict[str, Any]] = operator.api("GET", "/coverage/", params=asked)["gaps"]
    return found


def test_a_disk_that_fills_up_stops_recording_with_a_cause_and_nothing_else(stack: OwnStack) -> None:
    operator = stack.operator()
    camera = operator.enrol()
    footage = stack.footage_of(camera)
    assert "nearly full" not in operator.get("/storage/notice/").text
    publisher = stack.publisher(camera)
    eventually(lambda: footage.until, seconds=40)

    fill(stack, FLOOR_BYTES * 3 // 2)
    eventually(lambda: "nearly full" in operator.get("/storage/notice/").text, seconds=15)
    assert "is nearly full" in "".join(path.read_text() for path in stack.supervisor.logs.glob("recorder.log"))
    assert footage.grows_beyond(time.time() - 8), "the alarm comes before the end"

    ballast = fill(stack, 0)
    eventually(lambda: gaps(operator, camera)[-1]["cause"] == "disk_full", seconds=30)
    assert stack.answers
    assert operator.is_online(camera), "the camera publishes on, and is watched live"
    assert footage.complaints() == []
    size_bytes = sum(path.stat().st_size for path in footage.files)

    ballast.unlink()
    freed_at = time.time()
    eventually(lambda: footage.grows_beyond(freed_at), seconds=19)
    assert sum(path.stat().st_size for path in footage.files) > size_bytes
    assert [hole for hole in footage.holes() if hole.start < freed_at] != []
    assert [one["cause"] for one in gaps(operator, camera)][-1] == "disk_full"
    publisher.close()
    eventually(lambda: all(one["ended_at"] for one in operator.recordings(camera)))
    assert footage.complaints() == []
    assert footage.overlaps() == []
    assert stack.manage("check_archive").startswith("0 problems")


def test_a_disk_that_is_not_mounted_is_not_written_to(stack: OwnStack) -> None:
    operator = stack.operator()
    camera = operator.enrol()
    footage = stack.footage_of(camera)
    publisher = stack.publisher(camera)
    eventually(lambda: footage.until, seconds=40)

    marker = stack.root / "media" / "archive" / ".vms-tier"
    kept = marker.read_text()
    marker.unlink()
    eventually(lambda: "Nothing is recorded" in operator.get("/storage/notice/").text, seconds=40)
    eventually(lambda: gaps(operator, camera)[-1]["cause"] == "wrong_volume", seconds=40)
    assert "1 problems" in stack.manage("check_archive")

    marker.write_text(kept)
    mounted_at = time.time()
    eventually(lambda: footage.grows_beyond(mounted_at), seconds=19)
    publisher.close()
    eventually(lambda: all(one["ended_at"] for one in operator.recordings(camera)))
    assert stack.manage("check_archive").startswith("0 problems")
