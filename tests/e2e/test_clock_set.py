"""Somebody sets the node's clock while cameras are recorded: an hour forward, and an hour back.

The wall clock of every Python process of a VMS of the test's own is shifted (see settable_clock); the camera and the test
keep the real one.
"""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.own_stack import OwnStack, own_stack
from tests.e2e.waiting import eventually

pytestmark = [pytest.mark.slow, pytest.mark.own_stack]
HOUR = 3600
TICKS_PER_SECOND = 16_000
SETTABLE_CLOCK = Path(__file__).parent / "settable_clock"


@pytest.fixture
def shift(tmp_path: Path) -> Path:
    """By how much the clock of VMS is shifted: a file that its processes read."""
    path = tmp_path / "clock-shift"
    path.write_text("0")
    return path


@pytest.fixture
def stack(tmp_path: Path, shift: Path) -> Iterator[OwnStack]:
    """Its clock can be set."""
    env = {"PYTHONPATH": str(SETTABLE_CLOCK), "VMS_TEST_CLOCK_SHIFT": str(shift)}
    with own_stack(tmp_path / "vms", env) as running:
        yield running


@pytest.mark.parametrize("hours", [1, -1])
def test_recording_goes_on_when_the_clock_is_set(stack: OwnStack, shift: Path, hours: int) -> None:
    operator = stack.operator()
    camera = operator.enrol()
    footage = stack.footage_of(camera)
    publisher = stack.publisher(camera)
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
        media_seconds = fragment.duration_ticks / TICKS_PER_SECOND
        assert abs(fragment.duration_us / 1e6 - media_seconds) < 0.6, "no fragment is stretched or squeezed"
    operator = stack.operator()  # the session of before may have run out meanwhile
    rows = operator.recordings(camera)
    assert "clock_set" in [one["end_cause"] for one in rows]
    way = "forward" if hours > 0 else "back"
    told = [re.fullmatch(f"set {way} by ([0-9]+) s", one["end_detail"]) for one in rows]
    assert [abs(int(words[1]) - HOUR) < 15 for words in told if words] == [True]  # a busy machine sets it a little late
    assert len(operator.sessions(camera)) == 1, "the camera was not dropped"
    report = stack.manage("check_archive")
    assert report.startswith("0 problems"), report
