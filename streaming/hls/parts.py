"""What a playlist is made of."""

from collections.abc import Sequence
from typing import NamedTuple


class MediaRun(NamedTuple):
    """Entries of one file that go on from each other, as columns: a day has thousands of them.

    Each entry is a range of bytes that begins with a key frame and plays for its duration. `init_uri` names the
    initialization section that the bytes depend on. The rest is told before the first entry: the wall clock, where it is
    not the sum of the durations before; `discontinuity`, where timestamps or encoding do not go on from what was before;
    and `tracks_change`, where sound comes or goes.
    """

    uri: str
    durations_seconds: Sequence[float]
    byte_offsets: Sequence[int]
    byte_lengths: Sequence[int]
    program_date_time_us: int | None = None
    discontinuity: bool = False
    init_uri: str | None = None
    tracks_change: bool = False

    def without_last(self) -> "MediaRun":
        """Without its last entry."""
        return self._replace(
            durations_seconds=self.durations_seconds[:-1],
            byte_offsets=self.byte_offsets[:-1],
            byte_lengths=self.byte_lengths[:-1],
        )
