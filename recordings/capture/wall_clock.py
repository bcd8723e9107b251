"""Places fragments on the wall clock, though cameras and networks keep time badly."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Self

_SETTLING_FRAGMENTS = 6
_SETTLING_ALPHA = 0.5
_ALPHA = 0.25
_BETA = _ALPHA**2 / (2 - _ALPHA)
_SLOWEST_PACE, _FASTEST_PACE = 4.0, 0.4
_LEAST_SHARE = 0.15
_AHEAD_LIMIT_US = 1_000_000
_DRIFT_NEEDS_US = 60_000_000
_CLOCK_SET_US = 2_000_000
_SET_BACK_US = 5_000_000


@dataclass(frozen=True, slots=True)
class Arrival:
    """An instant on two clocks, in microseconds: the node's wall clock, and one that nobody sets."""

    wall_us: int
    steady_us: int

    @classmethod
    def now(cls) -> Self:
        """CLOCK_BOOTTIME goes on while the machine sleeps, as the wall clock does (clock_gettime(2))."""
        return cls(time.time_ns() // 1000, time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1000)


class ClockWatch:
    """Notices that somebody has set the node's clock, by hand or by NTP."""

    def __init__(self) -> None:
        self._offset_us: int | None = None

    def step_us(self, arrival: Arrival) -> int:
        """By how much the wall clock was set since the last call; 0 for what the filter of WallClock walks off."""
        offset_us = arrival.wall_us - arrival.steady_us
        step_us = 0 if self._offset_us is None else offset_us - self._offset_us
        self._offset_us = offset_us
        return step_us if abs(step_us) > _CLOCK_SET_US else 0


class WallClock:
    """An alpha-beta filter over the arrival times of one FFmpeg run's fragments.

    A camera's media time is not wall time: its crystal is off by some hundred ppm, or it delivers 84 % of the frames
    that it declares. Arrival time is wall time, but late by a little that changes. The filter follows arrival in the
    long run and media time in the short run. It keeps two numbers:

        E   wall-clock end of the last fragment (microseconds)
        r   pace: wall-clock microseconds per media microsecond

    A fragment with media duration d that arrived at A is predicted to end at P = E + r·d. The innovation is A - P,
    limited to one media duration each way, so that no outlier counts for more: e = min(max(A - P, -d), d). Then

        E' = P + α·e          r' = r + β·e/d          α = 0.25,  β = α²/(2 - α)

    which is P. R. Kalata's relation for a critically damped pair ("The tracking index", IEEE Transactions on Aerospace
    and Electronic Systems 20(2), 1984). β integrates, so a camera at a constant wrong pace is followed without lasting
    error. The fragment is [E, E'), therefore fragments touch and never overlap. A correction is at most a quarter of a
    fragment: the clock walks, it does not jump.

    - The first fragment ends when it arrived: E' = A, and starts d earlier.
    - FFmpeg holds back the first seconds and hands them over in a burst, so the first arrivals are late by seconds.
      For 6 fragments α is 0.5 and r stays 1: the offset goes, and is not learned as a pace.
    - r stays within 0.4 to 4, and a duration is at least 0.15·d, so time never stands still or runs back.
    - Nothing ends after it arrived. Within a second that is jitter; beyond it (media time leapt) E' is pulled back to
      A + 1 s, as far as the least duration allows.

    `not_before_us` is the end of what has been recorded before: a new run never overlaps the one before it. Only when
    that end lies in the future the clock has been set back since, and the run begins when it arrives.
    """

    def __init__(self, timescale: int, *, not_before_us: int = 0) -> None:
        self._timescale = timescale
        self._end_us = not_before_us
        self._pace = 1.0
        self._placed = 0
        self._settled_wall_us = 0
        self._settled_media_us = 0.0
        self._media_us = 0.0

    def place(self, arrival_us: int, duration_ticks: int) -> tuple[int, int]:
        """(start_us, duration_us) of the fragment that has just arrived whole, both in microseconds.

        A fragment without duration (sound alone) lies, 0 long, at the end of the one before it and teaches nothing.
        """
        media_us = duration_ticks * 1_000_000 / self._timescale
        if media_us <= 0:
            return self._end_us or arrival_us, 0
        if self._placed == 0:
            if self._end_us > arrival_us + _SET_BACK_US:
                self._end_us = 0
            start_us = max(self._end_us, arrival_us - round(media_us))
            end_us = max(arrival_us, start_us + round(_LEAST_SHARE * media_us))
        else:
            start_us = self._end_us
            end_us = start_us + self._filtered_duration_us(arrival_us, media_us)
        self._end_us = end_us
        self._placed += 1
        self._media_us += media_us
        if self._placed == _SETTLING_FRAGMENTS:
            self._settled_wall_us, self._settled_media_us = end_us, self._media_us
        return start_us, end_us - start_us

    @property
    def drift_ppm(self) -> float | None:
        """By how much wall time outruns media time, in millionths, on the mean since the filter settled.

        +200 means that the camera's clock is 200 ppm slow. None until there is a minute to judge by: arrivals jitter by
        some ten milliseconds, which is hundreds of millionths of a minute.
        """
        media_us = self._media_us - self._settled_media_us
        if self._placed <= _SETTLING_FRAGMENTS or media_us < _DRIFT_NEEDS_US:
            return None
        return ((self._end_us - self._settled_wall_us) / media_us - 1) * 1_000_000

    def _filtered_duration_us(self, arrival_us: int, media_us: float) -> int:
        predicted_us = self._pace * media_us
        innovation_us = min(max(arrival_us - self._end_us - predicted_us, -media_us), media_us)
        if self._placed < _SETTLING_FRAGMENTS:
            duration_us = predicted_us + _SETTLING_ALPHA * innovation_us
        else:
            duration_us = predicted_us + _ALPHA * innovation_us
            pace = self._pace + _BETA * innovation_us / media_us
            self._pace = min(max(pace, _FASTEST_PACE), _SLOWEST_PACE)
        latest_us = arrival_us + _AHEAD_LIMIT_US - self._end_us
        return round(max(min(duration_us, latest_us), _LEAST_SHARE * media_us))
