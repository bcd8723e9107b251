"""The fragment that is being collected: pictures, and the sound beside them."""

from __future__ import annotations

from recordings.capture.movie_writer import SOUND_TRACK_ID, TICKS_PER_MILLISECOND, VIDEO_TRACK_ID, Run
from recordings.capture.sound_clock import SoundClock
from recordings.capture.sound_gaps import Sound, SoundGaps


class OpenFragment:
    """Times are milliseconds of media time, of decoding.

    Payloads are copies: views would hold the messages around them, and give the garbage collector much to look at.
    """

    def __init__(self) -> None:
        self.size_bytes = 0
        self.sample_count = 0
        self._times: list[int] = []
        self._offsets: list[int] = []
        self._keys: list[int] = []
        self._pictures: list[bytes] = []
        self._sounds: list[Sound] = []

    @property
    def starts_ms(self) -> int:
        """When its first picture is decoded; there must be one."""
        return self._times[0]

    @property
    def has_pictures(self) -> bool:
        return bool(self._times)

    @property
    def has_sound(self) -> bool:
        return bool(self._sounds)

    @property
    def earliest_ms(self) -> int:
        """When the first thing in it begins, picture or sound."""
        return min(self._times[:1] + [sound.at_ms for sound in self._sounds[:1]])

    def add_picture(self, at_ms: int, payload: bytes, *, offset_ms: int, is_key: bool) -> None:
        if is_key:
            self._keys.append(len(self._times))
        self._times.append(at_ms)
        self._offsets.append(offset_ms)
        self._pictures.append(payload)
        self.size_bytes += len(payload)
        self.sample_count += 1

    def add_sound(self, at_ms: int, payload: bytes) -> None:
        self._sounds.append(Sound(at_ms, payload))
        self.size_bytes += len(payload)
        self.sample_count += 1

    def move_sound(self, later: OpenFragment, *, from_ms: int) -> None:
        """Sound that came early goes with the pictures it belongs to, so that fragments end together."""
        kept = len(self._sounds)
        while kept and self._sounds[kept - 1].at_ms >= from_ms:
            kept -= 1
        for sound in self._sounds[kept:]:
            later.add_sound(*sound)
        del self._sounds[kept:]

    def pictures(self, *, zero_ms: int, ends_ms: int) -> Run:
        """The last one lasts until `ends_ms`. Time is counted from `zero_ms`."""
        ends = [*self._times[1:], max(ends_ms, self._times[-1] + 1)]
        return Run(
            VIDEO_TRACK_ID,
            decode_ticks=(self._times[0] - zero_ms) * TICKS_PER_MILLISECOND,
            durations=[(end - at) * TICKS_PER_MILLISECOND for at, end in zip(self._times, ends, strict=True)],
            payloads=self._pictures,
            composition_offsets=[offset * TICKS_PER_MILLISECOND for offset in self._offsets],
            keys=frozenset(self._keys),
        )

    def sound(self, clock: SoundClock, gaps: SoundGaps, *, zero_ms: int, ends_ms: int) -> Run | None:
        """None when there is none. What is missing up to `ends_ms`, where the pictures end, is silence."""
        sounds = list(gaps.fill(self._sounds, ends_ms=ends_ms))
        if not sounds:
            return None
        start, durations = clock.place([sound.at_ms - zero_ms for sound in sounds])
        return Run(SOUND_TRACK_ID, start, durations, [sound.payload for sound in sounds])
