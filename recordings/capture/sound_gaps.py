"""Silence where sound is missing beside pictures: players wait for the sound of a file that has some, or leap."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from recordings.capture.aac_configuration import AacConfiguration

# By channels: one element whose gain and bands are 0, and the end (ISO/IEC 14496-3, 4.4.2.1).
SILENT_FRAMES = {1: bytes.fromhex("00000007"), 2: bytes.fromhex("21000000001c")}

_GAP_MS = 200
_NO_LONGER_LATE_MS = 1000
_LONGEST_GAP_MS = 60_000


class Sound(NamedTuple):
    """A frame of sound, and the media time of its beginning."""

    at_ms: int
    payload: bytes


class SoundGaps:
    """Fills the gaps of one file's sound with silent frames.

    - Between two frames a gap is one of more than 0.2 s; below, the sound clock deals with it.
    - At the end of a fragment sound may only be late, so there it must have been missing for a second, and must have
      kept up with the pictures before.
    - More channels than two are left alone.
    """

    def __init__(self, aac: AacConfiguration) -> None:
        self._frame_ms = 1000 * aac.frame_ticks / aac.rate
        self._silent_frame = SILENT_FRAMES.get(aac.channels)
        self._ends_ms: float | None = None
        self._keeps_up = False

    def fill(self, sounds: Iterable[Sound], *, ends_ms: int) -> Iterator[Sound]:
        """The next frames with what is missing between them, and up to `ends_ms`, where the pictures end."""
        for sound in sounds:
            if self._ends_ms is not None and sound.at_ms < self._ends_ms - _NO_LONGER_LATE_MS / 2:
                self._keeps_up = False  # it comes after all, and silence has its place
            yield from self._silence(until_ms=sound.at_ms, least_ms=_GAP_MS)
            yield sound
            self._ends_ms = sound.at_ms + self._frame_ms
        if self._keeps_up:
            yield from self._silence(until_ms=ends_ms, least_ms=_NO_LONGER_LATE_MS)
        elif self._ends_ms is not None:
            self._keeps_up = ends_ms - self._ends_ms <= _NO_LONGER_LATE_MS

    def _silence(self, *, until_ms: int, least_ms: int) -> Iterator[Sound]:
        if self._ends_ms is None or self._silent_frame is None:
            return
        if least_ms < until_ms - self._ends_ms < _LONGEST_GAP_MS:
            while self._ends_ms + self._frame_ms / 2 < until_ms:
                yield Sound(round(self._ends_ms), self._silent_frame)
                self._ends_ms += self._frame_ms
