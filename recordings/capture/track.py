"""What a source gives, onto disk: places fragments on the wall clock, rotates files, keeps rows and measurements."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from uuid import UUID, uuid4

from django.conf import settings

from recordings import disk_space, health, tiers
from recordings.capture import catalogue
from recordings.capture.catalogue import Ending
from recordings.capture.hour_file import HourFile, rotation_boundary
from recordings.capture.init_segment import InitSegment
from recordings.capture.movie_fragment import Fragment
from recordings.capture.wall_clock import Arrival, ClockWatch, WallClock
from recordings.choices import GapCause
from recordings.models import StorageTier
from streaming.models import PublishSession

_HEALTH_EVERY_SECONDS = 4.0
_WINDOW_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class _Measured:
    """Of one fragment, for the moving window."""

    seconds: float
    frames: int
    size_bytes: int


class Track:
    """The files of one source. `begin` and `append` in order of arrival, then `end` once."""

    def __init__(self, session: PublishSession, tier: StorageTier, *, not_before_us: int) -> None:
        self._session = session
        self._tier = tier
        self._run_id: UUID = uuid4()
        self._not_before_us = not_before_us
        self._init: InitSegment | None = None
        self._clock: WallClock | None = None
        self._watch = ClockWatch()
        self._file: HourFile | None = None
        self._recording_id: UUID | None = None
        self._file_started_us = 0
        self._rotate_at_us = 0
        self._window: deque[_Measured] = deque()
        self._longest_frame_seconds = 0.0
        self._told_health_at = 0.0
        self.fragment_count = 0
        self.video_seconds = 0.0

    @property
    def ended_us(self) -> int:
        """The end of what this run has recorded so far, or where it may begin."""
        return self._not_before_us

    def begin(self, init: InitSegment, *, reason: str = "") -> None:
        """An init segment has come; every file of the run begins with it.

        A second one begins another run in a new file; `reason` is why, in plain words. Raises OSError.
        """
        self.end(GapCause.STREAM_CHANGED, reason)
        self._init = init
        self._begin_run(init)

    def append(self, fragment: Fragment, *, arrival: Arrival) -> None:
        """Write a fragment that has just arrived whole. Raises DiskFull, WrongVolume, OSError."""
        assert self._init is not None  # noqa: S101  (the splitter sees to the order)
        self._follow_the_clock(self._init, arrival)
        if self._file is None and not fragment.is_key:
            return  # nothing can be decoded before the first key frame
        assert self._clock is not None  # noqa: S101  (begun with the init segment)
        start_us, duration_us = self._clock.place(arrival.wall_us, fragment.duration_ticks)
        if self._file is None or (fragment.is_key and start_us >= self._rotate_at_us):
            self._rotate(self._init, start_us)
        assert self._file is not None  # noqa: S101  (just rotated)
        record = self._file.append(fragment, start_us, duration_us)
        self._not_before_us = record.end_us
        self.fragment_count += 1
        self.video_seconds += fragment.duration_ticks / self._init.timescale
        disk_space.WRITE_RATE.note(record.length)
        self._measure(self._init, fragment, record.length)

    def end(self, cause: GapCause, detail: str = "") -> None:
        """Close the file that is open, for this reason."""
        if self._file is None or self._recording_id is None:
            return
        file, recording_id = self._file, self._recording_id
        self._file = self._recording_id = None
        ended_us = file.ended_us or self._file_started_us
        drift_ppm = self._clock.drift_ppm if self._clock else None
        ending = Ending(ended_us, file.size_bytes, file.fragment_count, cause, detail, drift_ppm)
        try:
            file.close()
        finally:
            catalogue.tell("the end of a recording", partial(catalogue.close_row, recording_id, ending))

    def _begin_run(self, init: InitSegment) -> None:
        self._run_id = uuid4()
        self._clock = WallClock(init.timescale, not_before_us=self._not_before_us)

    def _follow_the_clock(self, init: InitSegment, arrival: Arrival) -> None:
        """Footage from before and after somebody set the clock does not belong into one file."""
        step_us = self._watch.step_us(arrival)
        if not step_us:
            return
        way = "forward" if step_us > 0 else "back"
        self.end(GapCause.CLOCK_SET, f"set {way} by {abs(step_us) / 1_000_000:.0f} s")
        self._begin_run(init)

    def _rotate(self, init: InitSegment, start_us: int) -> None:
        recording_id = uuid4()
        tiers.require_mounted(self._tier)
        path = catalogue.media_path_of(self._tier, self._session.camera.public_id, recording_id, start_us)
        # Before the file before it is closed: without room for another, that one has not been rotated.
        file = HourFile.create(path, init)
        try:
            self.end(GapCause.ROTATED)
        finally:
            self._file, self._recording_id, self._file_started_us = file, recording_id, start_us
        self._rotate_at_us = rotation_boundary(start_us, settings.RECORDING_ROTATION_SECONDS)
        write = partial(
            catalogue.open_row,
            recording_id,
            session=self._session,
            run_id=self._run_id,
            tier=self._tier,
            init=init,
            started_us=start_us,
        )
        catalogue.tell("a new recording", write)

    def _measure(self, init: InitSegment, fragment: Fragment, size_bytes: int) -> None:
        if fragment.frames:
            longest_seconds = fragment.longest_frame_ticks / init.timescale
            self._longest_frame_seconds = max(self._longest_frame_seconds, longest_seconds)
            seconds = fragment.duration_ticks / init.timescale
            self._window.append(_Measured(seconds, fragment.frames, size_bytes))
        while len(self._window) > 1 and sum(one.seconds for one in self._window) > _WINDOW_SECONDS:
            self._window.popleft()
        if time.monotonic() - self._told_health_at >= _HEALTH_EVERY_SECONDS:
            health.write_health(self._session.camera_id, self._health(init))
            self._told_health_at = time.monotonic()

    def _health(self, init: InitSegment) -> health.Health:
        seconds = sum(one.seconds for one in self._window) or 1.0
        return health.Health(
            frames_per_second=round(sum(one.frames for one in self._window) / seconds, 2),
            bits_per_second=round(8 * sum(one.size_bytes for one in self._window) / seconds),
            key_frame_interval_seconds=round(seconds / (len(self._window) or 1), 2),
            video_codec=init.video_codec,
            audio_codec=init.audio_codec,
            width=init.width,
            height=init.height,
            longest_frame_seconds=round(self._longest_frame_seconds, 3),
            drift_ppm=round((self._clock.drift_ppm if self._clock else None) or 0.0, 1),
            at=datetime.now(UTC),
        )
