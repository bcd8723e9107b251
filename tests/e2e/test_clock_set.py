"""Somebody sets the node's clock while cameras are recorded: an hour forward, and an hour back.

libfaketime shifts the wall clock of every process of a VMS of the test's own; the camera and the test keep the real one.
"""

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.cameras import StubbornCamera
from tests.e2e.own_stack import OwnStack, own_stack
from tests.e2e.waiting import eventually

pytestmark = pytest.mark.slow
HOUR = 3600


@pytest.fixture
def shift(tmp_path: Path) -> Path:
    """By how much the clock of VMS is shifted: a file that libfaketime reads."""
    path = tmp_path / "clock-shift"
    path.write_text("+0")
    return path


@pytest.fixture
def stack(tmp_path: Path, shift: Path) -> Iterator[OwnStack]:
    """Its clock can be set."""
    library = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
    env = {
        "PATH": f"{redis_without_shift(tmp_path)}:{os.environ['PATH']}",
        "LD_PRELOAD": str(library),
        "FAKETIME_TIMESTAMP_FILE": str(shift),
        "FAKETIME_CACHE_DURATION": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "DONT_FAKE_MONOTONIC": "1",
    }
    with own_stack(tmp_path / "vms", env) as running:
        yield running


def redis_without_shift(tmp_path: Path) -> Path:
    """Redis does not start with libfaketime (jemalloc asks for the time too early): a folder with one that goes without."""
    program = tmp_path / "bin" / "redis-server"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nunset LD_PRELOAD\nexec {shutil.which("redis-server")} "$@"\n')
    program.chmod(0o755)
    return program.parent


@pytest.mark.parametrize("hours", [1, -1])
def test_recording_goes_on_when_the_clock_is_set(stack: OwnStack, shift: Path, hours: int) -> None:
    operator = stack.operator()
    camera = operator.enrol()
    footage = stack.footage_of(camera)
    publisher = StubbornCamera(stack.publish_url(camera))
    began_at = time.time()
    eventually(lambda: footage.grows_beyond(began_at + 8), seconds=60)

    shift.write_text(f"{hours * HOUR:+d}")
    set_at = time.time()
    new_time = set_at + hours * HOUR
    eventually(lambda: [one for one in footage.records() if abs(one.start_us / 1e6 - new_time) < 60], seconds=20)
    time.sleep(10)
    publisher.close()
    time.sleep(3)

    before = [one for one in footage.records() if abs(one.start_us / 1e6 - set_at) < 60]
    after = [one for one in footage.records() if abs(one.start_us / 1e6 - new_time) < 60]
    assert len(before) + len(after) == len(footage.records()), "nothing is placed in between"
    assert sum(one.duration_us for one in after) > 8_000_000
    assert footage.overlaps() == []
    assert footage.complaints() == []
    for fragment in [*before, *after]:
        assert abs(fragment.duration_us / 1e6 - 2) < 0.6, "no fragment is stretched or squeezed"
    with stack.operator() as again:
        rows = again.recordings(camera)
        assert "clock_set" in [one["end_cause"] for one in rows]
        way = "forward" if hours > 0 else "back"
        assert f"set {way} by 3600 s" in [one["end_detail"] for one in rows]
        assert len(again.sessions(camera)) == 1, "the camera was not dropped"
    report = stack.manage("check_archive")
    assert report.startswith("0 problems"), report
    operator.close()
