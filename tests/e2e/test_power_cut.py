"""The power fails in the middle of recording: what the disk has not been told to keep is gone.

EXT4_IOC_SHUTDOWN without a flush of the journal leaves an ext4 as a power cut would: what was only in memory is lost
(linux, fs/ext4/ioctl.c: EXT4_GOING_FLAGS_NOLOGFLUSH).
"""

import fcntl
import os
import signal
import struct
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.own_stack import OwnStack, mounted, own_stack, run
from tests.e2e.waiting import eventually

pytestmark = [
    pytest.mark.slow,
    pytest.mark.own_stack,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a disk and cut its power"),
]
EXT4_IOC_SHUTDOWN = 0x8004587D
NO_LOG_FLUSH = 2
MOST_LOST_SECONDS = 4.0


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    """An ext4 in a file."""
    image = tmp_path / "disk.img"
    with image.open("wb") as file:
        file.truncate(512 << 20)
    run("mkfs.ext4", "-q", "-F", image)
    return image


@pytest.fixture
def stack(tmp_path: Path, disk: Path) -> Iterator[OwnStack]:
    """Footage lies on that disk, and the database on another."""
    root = tmp_path / "vms"
    with mounted(root / "media", "-o", "loop", str(disk)), own_stack(root) as running:
        yield running


def cut_the_power(stack: OwnStack) -> float:
    """The disk forgets what it was not told to keep, and the recorder is gone; the instant."""
    recorder = stack.supervisor.pid("recorder")
    os.kill(recorder, signal.SIGSTOP)
    cut_at = time.time()
    descriptor = os.open(stack.root / "media", os.O_RDONLY)
    fcntl.ioctl(descriptor, EXT4_IOC_SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
    os.close(descriptor)
    os.kill(recorder, signal.SIGKILL)
    stack.supervisor.halt("recorder")
    return cut_at


def test_a_power_cut_costs_four_seconds_at_most(stack: OwnStack, disk: Path) -> None:
    operator = stack.operator()
    cameras = [operator.enrol() for _ in range(3)]
    publishers = [stack.publisher(camera) for camera in cameras]
    footage = [stack.footage_of(camera) for camera in cameras]
    began_at = time.time()
    for one in footage:
        eventually(lambda one=one: one.grows_beyond(began_at + 24), seconds=60)  # type: ignore[misc]

    cut_at = cut_the_power(stack)
    run("umount", stack.root / "media")
    run("mount", "-o", "loop", disk, stack.root / "media")
    lost = [cut_at - one.until for one in footage]
    assert max(lost) <= MOST_LOST_SECONDS, lost
    assert min(lost) > -1

    stack.supervisor.start("recorder")
    back_at = time.time()
    for one in footage:
        eventually(lambda one=one: one.grows_beyond(back_at), seconds=19)  # type: ignore[misc]
    for publisher in publishers:
        publisher.close()
    for camera, one in zip(cameras, footage, strict=True):
        eventually(lambda camera=camera: all(row["ended_at"] for row in operator.recordings(camera)))  # type: ignore[misc]
        assert one.complaints() == []
        assert one.overlaps() == []
        assert [hole for hole in one.holes() if hole.start < cut_at] != []
        assert "recorder_crashed" in [row["end_cause"] for row in operator.recordings(camera)]
    report = stack.manage("check_archive")
    assert report.startswith("0 problems"), report
