"""Fragmented MP4 out of the messages of a play: one fragment for each group of pictures, a new file where it must be."""

from __future__ import annotations

from collections.abc import Iterable

from recordings.capture.aac_configuration import AacConfiguration, parse_aac_configuration
from recordings.capture.avc_configuration import AvcConfiguration, parse_avc_configuration
from recordings.capture.boxes import MalformedStream
from recordings.capture.flv_media import (
    SOUND_HEADER_BYTES,
    VIDEO_HEADER_BYTES,
    Packet,
    UnknownMedia,
    read_sound,
    read_video,
)
from recordings.capture.movie import Movie, Piece
from recordings.capture.open_fragment import OpenFragment
from recordings.capture.time_stamps import TimeStamps
from streaming.rtmp.chunk_stream import AUDIO, VIDEO, Message

_LEAST_FRAGMENT_MS = 400  # an all-intra camera would make a fragment of every picture
_LONGEST_FRAGMENT_MS = 30_000
_LARGEST_FRAGMENT_BYTES = 16 << 20
_MOST_SAMPLES = 20_000
_SOUND_MUST_COME_MS = 1000
_SOUND_HAS_STOPPED_MS = 5000
_LONGEST_PICTURE_MS = 1000

PICTURE_CHANGED = "the camera has changed its picture"
SOUND_BEGAN = "the sound has begun"
SOUND_CHANGED = "the camera has changed its sound"
SOUND_STOPPED = "the sound has stopped"
TIME_LEAPT = "the camera's time stamps leapt"


class Packager:
    """Feed it audio and video messages in order; it gives whole pieces.

    - A file begins at a key frame. It has a sound track when sound came within the first second.
    - Another file, that is an init segment and decode times from 0, begins at the next key frame after the camera
      has changed picture or sound, after sound began or stopped, and after time stamps leapt. Until then pictures go
      on into the old file, except after a change of the picture: only the new file can say how to decode them.
    - Where sound is missing beside pictures there is silence.
    - Groups of pictures shorter than 0.4 s share a fragment. One beyond 30 s or 16 MB is written in parts, of which
      only the first begins with a key frame.

    Raises UnknownMedia and MalformedStream; what was in order before can still be had from `finish`.
    """

    def __init__(self) -> None:
        self._made: list[Piece] = []
        self._open = OpenFragment()
        self._movie: Movie | None = None
        self._next_movie_reason = ""
        self._skips_until_key = False
        self._avc: AvcConfiguration | None = None
        self._aac: AacConfiguration | None = None
        self._time: TimeStamps | None = None
        self._sound_time: TimeStamps | None = None
        self._last_ms = -1
        self._silent_ms = 0

    def feed(self, messages: Iterable[Message], now: float) -> list[Piece]:
        """What these messages, which arrived at `now` (seconds, monotonic), complete."""
        for message in messages:
            if message.kind == VIDEO:
                self._take_video(message.body, message.timestamp, now)
            elif message.kind == AUDIO:
                self._take_audio(message.body, message.timestamp, now)
        return self._take_made()

    def finish(self) -> list[Piece]:
        """The rest, when nothing comes any more."""
        if self._open.has_pictures and self._movie is not None and self._time is not None:
            ends_ms = self._last_ms + self._time.usual_step_ms
            self._made += self._movie.write(self._open, ends_ms=ends_ms)
            self._open = OpenFragment()
        return self._take_made()

    def _take_made(self) -> list[Piece]:
        made, self._made = self._made, []
        return made

    # Pictures

    def _take_video(self, body: bytes, timestamp: int, now: float) -> None:
        packet, is_key, offset_ms = read_video(body)
        if packet is Packet.CONFIGURATION:
            self._take_avc(body[VIDEO_HEADER_BYTES:])
        elif packet is Packet.MEDIA:
            stamp_ms = self._advance(timestamp, now)
            if is_key:
                self._take_key(stamp_ms)
            if self._movie is not None and not self._skips_until_key:
                self._add_picture(stamp_ms, offset_ms, body[VIDEO_HEADER_BYTES:], is_key=is_key)

    def _take_avc(self, record: bytes) -> None:
        if self._avc is not None and self._avc.record == record:
            return
        self._avc = parse_avc_configuration(record)
        if self._movie is not None:
            self._next_movie_reason = PICTURE_CHANGED
            self._skips_until_key = True

    def _advance(self, timestamp: int, now: float) -> int:
        """The time of the next picture. Where time stamps leap, sound is left out until the next file begins."""
        if self._time is None:
            self._time = TimeStamps(timestamp, 0, now)
            return 0
        before_ms = self._time.milliseconds
        if not self._time.advance(timestamp, now):
            self._sound_time = None
            self._next_movie_reason = self._next_movie_reason or TIME_LEAPT
        self._silent_ms += min(self._time.milliseconds - before_ms, _LONGEST_PICTURE_MS)
        return self._time.milliseconds

    def _take_key(self, stamp_ms: int) -> None:
        """Decoding can start here: a fragment ends, and a file if there is cause."""
        self._notice_silence()
        changes = self._movie is None or self._next_movie_reason != ""
        if self._open.has_pictures and (changes or self._may_close(stamp_ms)):
            self._close(max(stamp_ms, self._last_ms + 1))
        if changes:
            self._begin_movie()

    def _may_close(self, stamp_ms: int) -> bool:
        lasted_ms = stamp_ms - self._open.starts_ms
        settled = self._open.has_sound or (self._movie is not None and self._movie.is_begun)
        return lasted_ms >= (_LEAST_FRAGMENT_MS if settled else _SOUND_MUST_COME_MS)

    def _begin_movie(self) -> None:
        if self._avc is None:
            raise UnknownMedia("H.264 without its parameter sets ahead", "video")
        if self._movie is not None and self._movie.aac is not self._aac:
            self._open = OpenFragment()  # sound of before the change
        self._movie = Movie(self._avc, self._aac, reason=self._next_movie_reason)
        self._next_movie_reason = ""
        self._skips_until_key = False

    def _add_picture(self, stamp_ms: int, offset_ms: int, payload: bytes, *, is_key: bool) -> None:
        """Decode times rise by a millisecond at least; when a picture is shown is left as the camera says."""
        at_ms = max(stamp_ms, self._last_ms + 1)
        if self._open.has_pictures and self._is_too_long(at_ms):
            self._close(at_ms)
        self._last_ms = at_ms
        self._open.add_picture(at_ms, payload, offset_ms=stamp_ms + offset_ms - at_ms, is_key=is_key)

    def _is_too_long(self, at_ms: int) -> bool:
        fragment = self._open
        return (
            at_ms - fragment.starts_ms >= _LONGEST_FRAGMENT_MS
            or fragment.size_bytes >= _LARGEST_FRAGMENT_BYTES
            or fragment.sample_count >= _MOST_SAMPLES
        )

    def _close(self, ends_ms: int) -> None:
        assert self._movie is not None  # noqa: S101  (pictures are collected for a movie only)
        later = OpenFragment()
        self._open.move_sound(later, from_ms=ends_ms)
        self._made += self._movie.write(self._open, ends_ms=ends_ms)
        self._open = later

    # Sound

    def _take_audio(self, body: bytes, timestamp: int, now: float) -> None:
        packet = read_sound(body)
        if packet is Packet.CONFIGURATION:
            record = body[SOUND_HEADER_BYTES:]
            if self._aac is None or self._aac.record != record:
                self._aac = parse_aac_configuration(record)
        elif packet is Packet.MEDIA:
            self._silent_ms = 0
            if self._is_sound_wanted() and self._advance_sound(timestamp, now):
                self._add_sound(body[SOUND_HEADER_BYTES:])

    def _is_sound_wanted(self) -> bool:
        """Whether sound goes into the file that is open; if not, but into another one, that is arranged."""
        movie = self._movie
        if movie is None or self._aac is None:
            return False
        if movie.is_begun and not movie.has_sound:
            self._next_movie_reason = self._next_movie_reason or SOUND_BEGAN
            return False
        if movie.aac is not self._aac:
            if movie.is_begun or self._open.has_sound:
                self._next_movie_reason = self._next_movie_reason or SOUND_CHANGED
                return False
            movie.aac = self._aac
        return True

    def _advance_sound(self, timestamp: int, now: float) -> bool:
        """False where sound cannot be placed, because its time stamps leapt or those of the pictures did."""
        if self._time is None:
            return False
        if self._sound_time is None:
            if self._next_movie_reason == TIME_LEAPT:
                return False
            self._sound_time = self._time.place_beside(timestamp, now)
            return True
        was_adrift = self._sound_time.is_adrift
        if self._sound_time.advance(timestamp, now):
            return True
        self._sound_time = self._time.place_beside(timestamp, now)
        if was_adrift and not self._sound_time.is_adrift:
            return True  # the rest of a leap that the pictures made first
        self._sound_time = None
        self._next_movie_reason = self._next_movie_reason or TIME_LEAPT
        return False

    def _add_sound(self, payload: bytes) -> None:
        if self._sound_time is None:
            return
        if self._open.sample_count >= 2 * _MOST_SAMPLES or self._open.size_bytes >= 2 * _LARGEST_FRAGMENT_BYTES:
            raise MalformedStream("sound without end, and no picture beside it")
        self._open.add_sound(self._sound_time.milliseconds, payload)

    def _notice_silence(self) -> None:
        """Players wait for the sound of a file that has some. In a stall there are no pictures either: that is none."""
        if self._movie is not None and self._movie.has_sound and self._silent_ms > _SOUND_HAS_STOPPED_MS:
            self._next_movie_reason = self._next_movie_reason or SOUND_STOPPED
