"""How long a source has been silent, told apart from the time that a group of pictures takes."""

from __future__ import annotations


class Silence:
    """Waiting for a group of pictures is no silence: FFmpeg hands it over when it is whole, or when the stream ends.

    So what a silent camera sent last arrives at the end of the silence, and later than the time it plays for.
    All times are seconds of a monotonic clock.
    """

    def __init__(self, now: float) -> None:
        self._broken_at = now
        self._before_seconds = 0.0

    def broken_by(self, video_seconds: float, now: float) -> None:
        """So much video has arrived; nothing when it was only a part of a fragment."""
        if video_seconds > 0:
            self._before_seconds = max(0.0, now - self._broken_at - video_seconds)
            self._broken_at = now

    def seconds(self, now: float) -> float:
        """For how long nothing had come from the camera, if the source ends now."""
        return self._before_seconds + now - self._broken_at
