"""What a playlist is made of."""

from typing import NamedTuple


class MediaSegment(NamedTuple):
    """One entry of a media playlist: a range of bytes that begins with a key frame and plays for `duration_seconds`.

    `init_uri` names the initialization section that the bytes depend on, and is given with every segment. The wall clock
    is given where it is to be told: at the first segment, and wherever it is not the sum of the durations before.
    `discontinuity` says that timestamps or encoding do not go on from the segment before, `tracks_change` that sound comes
    or goes with this one.
    """

    uri: str
    duration_seconds: float
    byte_offset: int
    byte_length: int
    program_date_time_us: int | None = None
    discontinuity: bool = False
    init_uri: str | None = None
    tracks_change: bool = False
