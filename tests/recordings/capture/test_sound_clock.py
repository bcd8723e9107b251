"""Sound has no gaps where the camera has none, follows a crystal that is off, and keeps a true gap."""

from itertools import accumulate, pairwise

from hypothesis import given
from hypothesis import strategies as st

from recordings.capture.sound_clock import SoundClock

FRAME_MS = 1024 / 48


def starts_of(stamps: list[int], *, batch: int = 50) -> list[int]:
    """Where each frame begins, in ticks of 48 kHz, placed in batches as fragments do."""
    clock = SoundClock(rate=48000, frame_ticks=1024)
    starts: list[int] = []
    for offset in range(0, len(stamps), batch):
        start, durations = clock.place(stamps[offset : offset + batch])
        starts += accumulate(durations[:-1], initial=start)
    return starts


@given(st.lists(st.integers(-15, 15), min_size=200, max_size=200))
def test_time_stamps_that_jitter_leave_no_gap(jitter_ms: list[int]) -> None:
    stamps = [100 + round(place * FRAME_MS) + shake for place, shake in enumerate([0, *jitter_ms])]
    assert {later - earlier for earlier, later in pairwise(starts_of(stamps))} == {1024}


def test_a_crystal_that_is_off_is_followed_without_a_jump() -> None:
    stamps = [round(place * FRAME_MS * 1.0005) for place in range(20_000)]
    starts = starts_of(stamps)
    assert all(abs(start / 48 - stamp) < 22 for start, stamp in zip(starts, stamps, strict=True))
    assert all(abs(later - earlier - 1024) <= 16 for earlier, later in pairwise(starts))


def test_a_gap_is_kept() -> None:
    starts = starts_of([0, 21, 43, 2000, 2021])
    assert starts == [0, 1024, 2048, 96000, 97024]


def test_time_never_stands_still_where_stamps_step_back() -> None:
    starts = starts_of([3000, 3021, 2500, 2521, 2543, 2564])
    assert all(later > earlier for earlier, later in pairwise(starts))
