"""One fragmented MP4 from its init segment on."""

from __future__ import annotations

from typing import NamedTuple

from recordings.capture.aac_configuration import AacConfiguration
from recordings.capture.avc_configuration import AvcConfiguration
from recordings.capture.movie_writer import write_fragment, write_init
from recordings.capture.open_fragment import OpenFragment
from recordings.capture.sound_clock import SoundClock
from recordings.capture.sound_gaps import SoundGaps


class Piece(NamedTuple):
    """An init segment or a fragment. `init_reason` says why there is another init segment; it is empty otherwise."""

    data: bytes
    init_reason: str = ""


class Movie:
    """Its first fragment settles whether it has sound, and what time 0 is: that of the first picture or sound in it."""

    def __init__(self, avc: AvcConfiguration, aac: AacConfiguration | None, *, reason: str = "") -> None:
        self.avc = avc
        self.aac = aac
        self.is_begun = False
        self._reason = reason
        self._zero_ms = 0
        self._sequence_number = 0
        self._sound: tuple[SoundClock, SoundGaps] | None = None

    @property
    def has_sound(self) -> bool:
        """Known when it has begun."""
        return self._sound is not None

    def write(self, fragment: OpenFragment, *, ends_ms: int) -> list[Piece]:
        """The fragment, ahead of the first one the init segment."""
        pieces = [] if self.is_begun else [self._begin(fragment)]
        self._sequence_number += 1
        pictures = fragment.pictures(zero_ms=self._zero_ms, ends_ms=ends_ms)
        sound = fragment.sound(*self._sound, zero_ms=self._zero_ms, ends_ms=ends_ms) if self._sound else None
        runs = [pictures] if sound is None else [pictures, sound]
        pieces.append(Piece(write_fragment(self._sequence_number, runs)))
        return pieces

    def _begin(self, fragment: OpenFragment) -> Piece:
        self.is_begun = True
        self._zero_ms = fragment.earliest_ms
        aac = self.aac if fragment.has_sound else None
        if aac is not None:
            self._sound = SoundClock(rate=aac.rate, frame_ticks=aac.frame_ticks), SoundGaps(aac)
        return Piece(write_init(self.avc, aac), self._reason)
