"""What the head of a fragmented MP4 (`ftyp` and `moov`) says about its tracks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from recordings.capture.boxes import Fields, MalformedStream, child, children, required_child

_VISUAL_ENTRY_BYTES = 78  # ISO/IEC 14496-12, 12.1.3: fields of a VisualSampleEntry before its boxes
_AUDIO_ENTRY_BYTES = 28  # ISO/IEC 14496-12, 12.2.3: fields of an AudioSampleEntry before its boxes


@dataclass(frozen=True, slots=True)
class TrackDefaults:
    """What `trex` says of samples that do not speak for themselves (ISO/IEC 14496-12, 8.8.3)."""

    track_id: int
    duration_ticks: int = 0
    size_bytes: int = 0
    flags: int = 0


@dataclass(frozen=True, slots=True)
class InitSegment:
    """The bytes every fragment depends on, and the facts read from them.

    `timescale` is the video track's ticks per second. `video_codec` and `audio_codec` are RFC 6381 names for H.264 and
    AAC ("avc1.640028", "mp4a.40.2") and the bare four-character code for everything else. Without an audio track
    `audio_codec` is empty, `audio_timescale` and `audio_track_id` are 0.
    """

    data: bytes
    timescale: int
    video_track_id: int
    video_codec: str
    audio_codec: str
    width: int
    height: int
    audio_timescale: int
    audio_track_id: int = 0
    defaults: tuple[TrackDefaults, ...] = ()

    def defaults_of(self, track_id: int) -> TrackDefaults:
        return next((known for known in self.defaults if known.track_id == track_id), TrackDefaults(track_id))


class _Track(NamedTuple):
    handler: str
    track_id: int
    timescale: int
    entry_kind: str
    entry: memoryview


def parse_init(data: bytes) -> InitSegment:
    """Read `ftyp` + `moov`. Raises MalformedStream when there is no usable video track."""
    moov = required_child(memoryview(data), "moov")
    tracks = [_read_track(body) for kind, body in children(moov) if kind == "trak"]
    video = next((track for track in tracks if track.handler == "vide"), None)
    audio = next((track for track in tracks if track.handler == "soun"), None)
    if video is None:
        raise MalformedStream("the stream has no video track" + (", only audio" if audio else ""))
    if video.timescale == 0:
        raise MalformedStream("the video track has a timescale of 0")
    width, height = _picture_size(video.entry)
    return InitSegment(
        data=data,
        timescale=video.timescale,
        video_track_id=video.track_id,
        video_codec=_video_codec(video),
        audio_codec=_audio_codec(audio) if audio else "",
        width=width,
        height=height,
        audio_timescale=audio.timescale if audio else 0,
        audio_track_id=audio.track_id if audio else 0,
        defaults=tuple(_read_defaults(moov)),
    )


def _read_track(trak: memoryview) -> _Track:
    handler = Fields(required_child(trak, "mdia", "hdlr"))
    handler.take(8)
    descriptions = Fields(required_child(trak, "mdia", "minf", "stbl", "stsd"))
    descriptions.take(8)
    entry_kind, entry = next(children(descriptions.rest()), ("", memoryview(b"")))
    return _Track(
        handler=bytes(handler.take(4)).decode("latin-1"),
        track_id=_after_times(required_child(trak, "tkhd")),
        timescale=_after_times(required_child(trak, "mdia", "mdhd")),
        entry_kind=entry_kind,
        entry=entry,
    )


def _after_times(body: memoryview) -> int:
    """The field behind the two dates of `tkhd` (track_ID) and `mdhd` (timescale), which version 1 makes wider."""
    fields = Fields(body)
    version = fields.unsigned(1)
    fields.take(3 + (16 if version == 1 else 8))
    return fields.unsigned(4)


def _read_defaults(moov: memoryview) -> Iterator[TrackDefaults]:
    for kind, body in children(child(moov, "mvex") or memoryview(b"")):
        if kind == "trex":
            fields = Fields(body)
            fields.take(4)
            track_id, _description, duration_ticks, size_bytes, flags = fields.column(5)
            yield TrackDefaults(track_id, duration_ticks, size_bytes, flags)


def _picture_size(entry: memoryview) -> tuple[int, int]:
    fields = Fields(entry)
    fields.take(24)
    return fields.unsigned(2), fields.unsigned(2)


def _video_codec(track: _Track) -> str:
    """RFC 6381, 3.3: for H.264 the profile, constraints and level bytes of `avcC` follow in hexadecimal."""
    if track.entry_kind not in ("avc1", "avc3"):
        return track.entry_kind
    configuration = child(track.entry[_VISUAL_ENTRY_BYTES:], "avcC")
    if configuration is None or len(configuration) < 4:
        raise MalformedStream("the H.264 track comes without its parameter sets (avcC)")
    return f"{track.entry_kind}.{bytes(configuration[1:4]).hex()}"


def _audio_codec(track: _Track) -> str:
    if track.entry_kind != "mp4a":
        return track.entry_kind
    try:
        descriptor = child(track.entry[_AUDIO_ENTRY_BYTES:], "esds")
        return _mpeg4_audio_codec(descriptor) if descriptor is not None else "mp4a"
    except MalformedStream:
        return "mp4a"  # an unusual descriptor is no reason to lose the video


def _mpeg4_audio_codec(esds: memoryview) -> str:
    """RFC 6381, 3.3: `mp4a.OO.A`, from the descriptors of ISO/IEC 14496-1, 7.2.6, and 14496-3, 1.6.2.1."""
    fields = Fields(esds)
    fields.take(4)
    stream = _descriptor(fields, tag=0x03)
    stream.take(2)
    stream_flags = stream.unsigned(1)
    if stream_flags & 0x80:
        stream.take(2)
    if stream_flags & 0x40:
        stream.take(stream.unsigned(1))
    if stream_flags & 0x20:
        stream.take(2)
    decoder = _descriptor(stream, tag=0x04)
    object_type = decoder.unsigned(1)
    if object_type != 0x40:
        return f"mp4a.{object_type:02x}"
    decoder.take(12)
    first_bits = _descriptor(decoder, tag=0x05).unsigned(2)
    audio_object = first_bits >> 11
    if audio_object == 31:
        audio_object = 32 + (first_bits >> 5 & 0x3F)
    return f"mp4a.40.{audio_object}"


def _descriptor(fields: Fields, *, tag: int) -> Fields:
    found = fields.unsigned(1)
    if found != tag:
        raise MalformedStream(f"descriptor {found:#x} where {tag:#x} was due")
    length = 0
    for _ in range(4):
        part = fields.unsigned(1)
        length = length << 7 | part & 0x7F
        if not part & 0x80:
            break
    return Fields(fields.take(length))
