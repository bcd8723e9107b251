"""RTMP's time stamps: milliseconds that wrap at 2^32, and that cameras let leap."""

from __future__ import annotations

_FARTHEST_BACK_MS = 1000
_FARTHEST_AHEAD_MS = 10_000
_LONGEST_STALL_MS = 50_000
_USUAL_STEP_MS = 40
_LONGEST_USUAL_STEP_MS = 2000
_APART_MS = 10_000


def difference_ms(later: int, earlier: int) -> int:
    """later - earlier of two wrapped time stamps, from -2^31 to 2^31 - 1 (serial number arithmetic, RFC 1982)."""
    return ((later - earlier + 0x80000000) & 0xFFFFFFFF) - 0x80000000


class TimeStamps:
    """Media time of one track in `milliseconds`, which runs on where the camera's time stamps leap.

    A step of more than a second back, or of ten seconds more than have really passed, is a leap. Jitter and frames
    out of order are less; a stall takes as long as its step says. A step beyond 50 seconds is always one: no
    fragment is that long. Instead of a leap, time goes on by the usual step, or by as much as has really passed.
    """

    __slots__ = ("_arrived", "_raw", "is_adrift", "milliseconds", "usual_step_ms")

    def __init__(self, raw: int, milliseconds: int, now: float, *, is_adrift: bool = False) -> None:
        self._raw = raw
        self._arrived = now
        self.milliseconds = milliseconds
        self.is_adrift = is_adrift
        self.usual_step_ms = _USUAL_STEP_MS

    def advance(self, raw: int, now: float) -> bool:
        """Take the next time stamp, which arrived at `now` (seconds, monotonic). False where it leapt."""
        step_ms = ((raw - self._raw + 0x80000000) & 0xFFFFFFFF) - 0x80000000  # difference_ms, on the hot path
        if 0 < step_ms <= _LONGEST_USUAL_STEP_MS:
            self.usual_step_ms = step_ms
        leapt = not 0 <= step_ms <= 1000 and self._is_leap(step_ms, now)
        if leapt:
            passed_ms = min(int((now - self._arrived) * 1000), _LONGEST_STALL_MS)
            step_ms = passed_ms if passed_ms > 1000 else self.usual_step_ms
        self._raw = raw
        self._arrived = now
        self.milliseconds += step_ms
        return not leapt

    def place_beside(self, raw: int, now: float) -> TimeStamps:
        """Another track's time, from its first time stamp: beside this one's by their difference.

        Where they differ beyond all sense they are adrift: then that of arrival is taken for the time of both.
        """
        apart_ms = difference_ms(raw, self._raw)
        is_adrift = abs(apart_ms) > _APART_MS
        return TimeStamps(raw, self.milliseconds + (0 if is_adrift else apart_ms), now, is_adrift=is_adrift)

    def _is_leap(self, step_ms: int, now: float) -> bool:
        if step_ms < -_FARTHEST_BACK_MS or step_ms > _LONGEST_STALL_MS:
            return True
        return step_ms > _FARTHEST_AHEAD_MS + (now - self._arrived) * 1000
