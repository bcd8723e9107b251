"""What one `moof` with its `mdat` says about the samples in it."""

from __future__ import annotations

from dataclasses import dataclass

from recordings.capture.boxes import Fields, MalformedStream, child, children, read_header, required_child
from recordings.capture.init_segment import InitSegment

_MAX_SAMPLES = 100_000
_NON_SYNC_SAMPLE = 0x0001_0000  # ISO/IEC 14496-12, 8.8.3.1: sample_is_non_sync_sample


@dataclass(frozen=True, slots=True)
class Fragment:
    """One `moof` with its `mdat`: normally one group of pictures and the sound beside it.

    Ticks are of the video track. `is_key`: decoding can start here. `key_bytes` is the size of the first video sample.
    The last fragment before the end of a stream may hold sound alone: then `frames`, `duration_ticks` and `key_bytes`
    are 0, `is_key` is False and `decode_ticks` is where the video before it ended. Such a fragment is kept, and a
    player gets its bytes together with the fragment before it.
    """

    data: bytes
    decode_ticks: int
    duration_ticks: int
    frames: int
    is_key: bool
    key_bytes: int
    longest_frame_ticks: int
    audio_samples: int

    @property
    def end_ticks(self) -> int:
        return self.decode_ticks + self.duration_ticks


def parse_fragment(data: bytes, moof_bytes: int, init: InitSegment, *, video_ended_ticks: int = 0) -> Fragment:
    """Read the facts of one fragment (ISO/IEC 14496-12, 8.8): a moof of that size and its mdat. Raises MalformedStream.

    `video_ended_ticks` becomes `decode_ticks` of a fragment without video.
    """
    video = _Samples()
    audio = _Samples()
    other = _Samples()
    for kind, traf in children(required_child(memoryview(data)[:moof_bytes], "moof")):
        if kind == "traf":
            _read_traf(traf, init, {init.video_track_id: video, init.audio_track_id or -1: audio}, other)
    header = read_header(data, moof_bytes)
    if header is None or header.kind != "mdat" or header.size != len(data) - moof_bytes:
        raise MalformedStream("a fragment without its mdat box")
    if video.size_bytes + audio.size_bytes + other.size_bytes > header.size - header.header_bytes:
        raise MalformedStream("a fragment names more bytes than it has")
    if video.count and video.decode_ticks is None:
        raise MalformedStream("a fragment does not say its time (tfdt)")
    return Fragment(
        data=data,
        decode_ticks=video.decode_ticks if video.count and video.decode_ticks is not None else video_ended_ticks,
        duration_ticks=video.duration_ticks,
        frames=video.count,
        is_key=video.count > 0 and not video.first_flags & _NON_SYNC_SAMPLE,
        key_bytes=video.first_bytes,
        longest_frame_ticks=video.longest_ticks,
        audio_samples=audio.count,
    )


@dataclass(slots=True)
class _Samples:
    """Sums over all runs of one track in one fragment."""

    decode_ticks: int | None = None
    count: int = 0
    duration_ticks: int = 0
    longest_ticks: int = 0
    size_bytes: int = 0
    first_bytes: int = 0
    first_flags: int = 0


@dataclass(frozen=True, slots=True)
class _Defaults:
    duration_ticks: int
    size_bytes: int
    flags: int


def _read_traf(traf: memoryview, init: InitSegment, known: dict[int, _Samples], other: _Samples) -> None:
    header = Fields(required_child(traf, "tfhd"))
    flags = header.unsigned(4) & 0xFF_FFFF
    track_id = header.unsigned(4)
    samples = known.get(track_id, other)
    defaults = _track_defaults(header, flags, track_id, init)
    time = child(traf, "tfdt")
    if time is not None and samples.decode_ticks is None:
        samples.decode_ticks = _decode_time(Fields(time))
    for kind, body in children(traf):
        if kind == "trun":
            _add_run(Fields(body), samples, defaults)


def _track_defaults(header: Fields, flags: int, track_id: int, init: InitSegment) -> _Defaults:
    """ISO/IEC 14496-12, 8.8.7: what `tfhd` leaves out is said by `trex`."""
    if flags & 0x01:
        # Absolute offsets break as soon as the fragment lies elsewhere than the muxer thought.
        raise MalformedStream("the fragment counts its bytes from the start of the file (default_base_moof is missing)")
    trex = init.defaults_of(track_id)
    if flags & 0x02:
        header.take(4)
    duration_ticks = header.unsigned(4) if flags & 0x08 else trex.duration_ticks
    size_bytes = header.unsigned(4) if flags & 0x10 else trex.size_bytes
    return _Defaults(duration_ticks, size_bytes, header.unsigned(4) if flags & 0x20 else trex.flags)


def _decode_time(fields: Fields) -> int:
    version = fields.unsigned(4) >> 24
    ticks = fields.unsigned(8 if version == 1 else 4)
    if ticks >= 1 << 63:
        raise MalformedStream("the fragment begins before time 0")  # a negative time, wrapped round
    return ticks


def _add_run(fields: Fields, samples: _Samples, defaults: _Defaults) -> None:
    """ISO/IEC 14496-12, 8.8.8. Whole columns at once: a fragment has hundreds of samples and this runs for every one."""
    flags = fields.unsigned(4) & 0xFF_FFFF
    count = fields.unsigned(4)
    if samples.count + count > _MAX_SAMPLES:
        raise MalformedStream(f"a fragment of {samples.count + count} samples is beyond all measure")
    if flags & 0x01:
        fields.take(4)
    first_flags = fields.unsigned(4) if flags & 0x04 else None
    if count == 0:
        return
    present = [bit for bit in (0x100, 0x200, 0x400, 0x800) if flags & bit]
    table = fields.column(count * len(present))
    columns = {bit: table[place :: len(present)] for place, bit in enumerate(present)}
    durations = columns.get(0x100, (defaults.duration_ticks,))
    sizes = columns.get(0x200, (defaults.size_bytes,))
    if samples.count == 0:
        samples.first_bytes = sizes[0]
        samples.first_flags = first_flags if first_flags is not None else columns.get(0x400, (defaults.flags,))[0]
    samples.count += count
    samples.duration_ticks += sum(durations) if 0x100 in columns else count * defaults.duration_ticks
    samples.longest_ticks = max(samples.longest_ticks, *durations)
    samples.size_bytes += sum(sizes) if 0x200 in columns else count * defaults.size_bytes
    if samples.duration_ticks >= 1 << 32:
        raise MalformedStream(f"a fragment of {samples.duration_ticks} ticks is beyond all measure")
