"""Fragments lie where they belong on the wall clock: touching, in order, near their arrival."""

import random
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordings.capture.wall_clock import Arrival, ClockWatch, WallClock

TIMESCALE = 16_000
SECOND = 1_000_000
NOON = 1_795_000_000 * SECOND


def arrivals(count: int, *, media: float = 2.0, wall: float = 2.0, late: float = 0.0, seed: int = 1) -> Iterator[int]:
    """When each of `count` fragments comes in whole: `wall` seconds for `media` seconds, up to `late` seconds late."""
    chance = random.Random(seed)
    for number in range(1, count + 1):
        yield NOON + round((number * wall + chance.uniform(0, late)) * SECOND)


def place_all(clock: WallClock, times: Iterator[int], ticks: int = 2 * TIMESCALE) -> list[tuple[int, int, int]]:
    return [(arrival, *clock.place(arrival, ticks)) for arrival in times]


def test_a_steady_camera_is_placed_exactly() -> None:
    placed = place_all(WallClock(TIMESCALE), arrivals(100))
    assert [start - NOON for _, start, _ in placed] == [number * 2 * SECOND for number in range(100)]
    assert {duration for _, _, duration in placed} == {2 * SECOND}


def test_fragments_touch_and_never_overlap_under_jitter() -> None:
    placed = place_all(WallClock(TIMESCALE), arrivals(2000, late=0.4))
    assert all(start + duration == following for (_, start, duration), (_, following, _) in pairwise(placed))
    assert all(duration > 0 for _, _, duration in placed)


def test_jitter_is_smoothed() -> None:
    placed = place_all(WallClock(TIMESCALE), arrivals(2000, late=0.4))
    assert all(abs(duration - 2 * SECOND) < 0.25 * SECOND for _, _, duration in placed[20:])
    assert all(abs(start + duration - arrival) < 0.5 * SECOND for arrival, start, duration in placed)


@pytest.mark.parametrize("ppm", [-200, 200])
def test_a_crystal_that_is_off_is_followed_and_measured(ppm: int) -> None:
    clock = WallClock(TIMESCALE)
    placed = place_all(clock, arrivals(3600, wall=2.0 * (1 + ppm / 1e6), late=0.1))
    arrival, start, duration = placed[-1]
    assert abs(start + duration - arrival) < 0.15 * SECOND
    assert clock.drift_ppm == pytest.approx(ppm, abs=25)


def test_a_camera_with_84_percent_of_its_frames_ends_within_two_seconds_of_the_wall_clock_always() -> None:
    clock = WallClock(TIMESCALE)
    placed = place_all(clock, arrivals(300, wall=2.0 / 0.84, late=0.2))
    assert max(abs(start + duration - arrival) for arrival, start, duration in placed) < 2 * SECOND
    assert max(abs(start + duration - arrival) for arrival, start, duration in placed[60:]) < 0.4 * SECOND
    assert clock.drift_ppm == pytest.approx((1 / 0.84 - 1) * 1e6, rel=0.01)


@pytest.mark.parametrize("pace", [0.5, 3.0])
def test_an_absurd_pace_is_followed_too(pace: float) -> None:
    placed = place_all(WallClock(TIMESCALE), arrivals(300, wall=2.0 * pace))
    arrival, start, duration = placed[-1]
    assert abs(start + duration - arrival) < 0.1 * SECOND


def test_the_burst_with_which_ffmpeg_begins_is_forgotten_within_ten_fragments() -> None:
    times = [max(arrival, NOON + 5 * SECOND) for arrival in arrivals(60)]
    placed = place_all(WallClock(TIMESCALE), iter(times))
    assert all(abs(start + duration - arrival) < 0.5 * SECOND for arrival, start, duration in placed[10:])
    assert all(duration > 0 for _, _, duration in placed)


def test_a_stall_and_its_burst_leave_no_trace_and_nothing_ends_after_it_arrived() -> None:
    times = list(arrivals(200))
    times[50:54] = [times[54]] * 4
    placed = place_all(WallClock(TIMESCALE), iter(times))
    assert all(start + duration <= arrival + SECOND for arrival, start, duration in placed)
    arrival, start, duration = placed[-1]
    assert abs(start + duration - arrival) < 0.1 * SECOND


def test_media_time_that_leaps_does_not_carry_the_clock_into_the_future() -> None:
    clock = WallClock(TIMESCALE)
    place_all(clock, arrivals(50))
    start, duration = clock.place(NOON + 102 * SECOND, 30 * TIMESCALE)
    assert start + duration <= NOON + 105 * SECOND


def test_sound_alone_lies_at_the_end_and_teaches_nothing() -> None:
    clock, same = WallClock(TIMESCALE), WallClock(TIMESCALE)
    place_all(clock, arrivals(50))
    place_all(same, arrivals(50))
    assert clock.place(NOON + 109 * SECOND, 0) == (NOON + 100 * SECOND, 0)
    assert clock.place(NOON + 102 * SECOND, 2 * TIMESCALE) == same.place(NOON + 102 * SECOND, 2 * TIMESCALE)


def test_a_new_run_starts_no_earlier_than_the_one_before_it_ended() -> None:
    clock = WallClock(TIMESCALE, not_before_us=NOON + SECOND)
    assert clock.place(NOON + 2 * SECOND, 2 * TIMESCALE) == (NOON + SECOND, SECOND)
    late = WallClock(TIMESCALE, not_before_us=NOON + 3 * SECOND)
    start, duration = late.place(NOON + 2 * SECOND, 2 * TIMESCALE)
    assert start == NOON + 3 * SECOND
    assert duration > 0


def test_drift_is_not_guessed_from_seconds() -> None:
    clock = WallClock(TIMESCALE)
    place_all(clock, arrivals(8, late=0.5))
    assert clock.drift_ppm is None


@given(st.lists(st.tuples(st.integers(0, 2**52), st.integers(0, 2**32)), max_size=60), st.integers(1, 10_000_000))
def test_whatever_comes_time_never_stands_still_runs_back_or_overlaps(
    fragments: list[tuple[int, int]], timescale: int
) -> None:
    clock = WallClock(timescale)
    end = None
    for arrival, ticks in fragments:
        start, duration = clock.place(arrival, ticks)
        assert end is None or start == end
        assert duration >= 0
        end = start + duration if ticks or end is not None else None


def test_a_run_after_the_clock_was_set_back_begins_when_it_arrives() -> None:
    clock = WallClock(TIMESCALE, not_before_us=NOON + 3600 * SECOND)
    assert clock.place(NOON + 2 * SECOND, 2 * TIMESCALE) == (NOON, 2 * SECOND)


@pytest.mark.parametrize(("seconds", "told"), [(3600, 3600), (-3600, -3600), (1.5, 0), (-1.5, 0)])
def test_a_clock_that_is_set_is_noticed_once_and_small_steps_are_left_to_the_filter(seconds: float, told: int) -> None:
    watch = ClockWatch()
    assert watch.step_us(Arrival(NOON, 0)) == 0
    assert watch.step_us(Arrival(NOON + 2 * SECOND, 2 * SECOND)) == 0
    set_to = NOON + 4 * SECOND + round(seconds * SECOND)
    assert watch.step_us(Arrival(set_to, 4 * SECOND)) == told * SECOND
    assert watch.step_us(Arrival(set_to + 2 * SECOND, 6 * SECOND)) == 0
