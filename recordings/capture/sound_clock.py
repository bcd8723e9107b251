"""Decode times of AAC frames: without gaps, although RTMP's time stamps are rounded to milliseconds and jitter."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

_AGREES_SECONDS = 0.02
_FAR_SECONDS = 0.2
_SLEW_SHARE = 64


class SoundClock:
    """Frame follows frame as long as that agrees with the time stamps.

    - Within 20 ms they agree: a frame lasts as long as it has samples.
    - Up to 200 ms apart, time is corrected by at most 1/64 of a frame per frame: a crystal that is off, never a jump.
    - Beyond that there is a real gap, or a step back, and the time stamps are followed at once.
    """

    def __init__(self, *, rate: int, frame_ticks: int) -> None:
        self._rate = rate
        self._frame_ticks = frame_ticks
        self._agrees_ticks = int(_AGREES_SECONDS * rate)
        self._far_ticks = int(_FAR_SECONDS * rate)
        self._slew_ticks = max(1, frame_ticks // _SLEW_SHARE)
        self._next_ticks: int | None = None

    def place(self, milliseconds: Sequence[int]) -> tuple[int, list[int]]:
        """(decode time of the first, duration of each) of the next frames, in ticks; there must be one."""
        starts: list[int] = []
        for stamp_ms in milliseconds:
            starts.append(self._start(stamp_ms, starts))
            self._next_ticks = starts[-1] + self._frame_ticks
        durations = [later - earlier for earlier, later in pairwise(starts)]
        return starts[0], [*durations, self._frame_ticks]

    def _start(self, stamp_ms: int, starts: list[int]) -> int:
        stamp_ticks = stamp_ms * self._rate // 1000
        if self._next_ticks is None:
            return max(stamp_ticks, 0)
        error_ticks = stamp_ticks - self._next_ticks
        if -self._agrees_ticks <= error_ticks <= self._agrees_ticks:
            return self._next_ticks
        if abs(error_ticks) <= self._far_ticks:
            return self._next_ticks + min(max(error_ticks, -self._slew_ticks), self._slew_ticks)
        earliest = starts[-1] + 1 if starts else self._next_ticks
        return max(stamp_ticks, earliest)
