"""Writes fragmented MP4 of H.264 and AAC (ISO/IEC 14496-12; avcC: 14496-15; esds: 14496-1 and 14496-14).

The layout is that of FFmpeg's `frag_keyframe+empty_moov+default_base_moof`: no edit lists, `tfdt` in 64 bits, video
first, then sound. The video track counts 16000 ticks a second, as FFmpeg does for RTMP, whose own are milliseconds.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from recordings.capture.aac_configuration import AacConfiguration
from recordings.capture.avc_configuration import AvcConfiguration

TICKS_PER_MILLISECOND = 16
VIDEO_TIMESCALE = 1000 * TICKS_PER_MILLISECOND
VIDEO_TRACK_ID, SOUND_TRACK_ID = 1, 2

_UPRIGHT = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
_NO_SAMPLES = ((b"stts", 4), (b"stsc", 4), (b"stsz", 8), (b"stco", 4))
_DEPENDS_ON_NONE, _DEPENDS_ON_OTHERS = 0x0200_0000, 0x0101_0000  # 8.8.3.1: the second is no sync sample either
_DEFAULT_BASE_IS_MOOF = 0x02_0000
_OFFSET, _DURATIONS, _SIZES, _FLAGS, _COMPOSITION = 0x001, 0x100, 0x200, 0x400, 0x800


@dataclass(frozen=True, slots=True)
class Run:
    """The samples of one track in one fragment, in ticks and bytes. `keys` are places in `sizes`; None: each is one."""

    track_id: int
    decode_ticks: int
    durations: Sequence[int]
    payloads: Sequence[bytes]
    composition_offsets: Sequence[int] = ()
    keys: frozenset[int] | None = None


def write_init(video: AvcConfiguration, sound: AacConfiguration | None) -> bytes:
    """`ftyp` and `moov` without samples."""
    ftyp = _box(b"ftyp", b"iso5", struct.pack(">I", 512), b"iso5iso6mp41")
    tracks = [_video_track(video)]
    extends = [_full(b"trex", 0, struct.pack(">5I", VIDEO_TRACK_ID, 1, 0, 0, _DEPENDS_ON_OTHERS))]
    if sound is not None:
        tracks.append(_sound_track(sound))
        extends.append(_full(b"trex", 0, struct.pack(">5I", SOUND_TRACK_ID, 1, 0, 0, _DEPENDS_ON_NONE)))
    head = struct.pack(">4IIH10x", 0, 0, 1000, 0, 0x10000, 0x0100) + _UPRIGHT + bytes(24)
    mvhd = _full(b"mvhd", 0, head, struct.pack(">I", 1 + len(tracks)))
    return ftyp + _box(b"moov", mvhd, *tracks, _box(b"mvex", *extends))


def write_fragment(sequence_number: int, runs: Sequence[Run]) -> bytes:
    """`moof` and `mdat` of the runs that have samples."""
    runs = [run for run in runs if run.payloads]
    tables = [_sample_table(run) for run in runs]
    # Sizes: moof and mfhd 8 + 16; per track traf, tfhd, tfdt 8 + 16 + 20, and trun 20 before its table.
    moof_bytes = 24 + sum(64 + len(table) for _flags, table in tables)
    data_offset = moof_bytes + 8
    parts: list[bytes] = [struct.pack(">I4sI4sII", moof_bytes, b"moof", 16, b"mfhd", 0, sequence_number)]
    for run, (flags, table) in zip(runs, tables, strict=True):
        parts += [_fragment_track(run, flags, len(table), data_offset), table]
        data_offset += sum(map(len, run.payloads))
    parts.append(struct.pack(">I4s", data_offset - moof_bytes, b"mdat"))
    for run in runs:
        parts += run.payloads
    return b"".join(parts)


def _sample_table(run: Run) -> tuple[int, bytes]:
    """(flags of `trun`, its rows) (8.8.8)."""
    flags = _OFFSET | _DURATIONS | _SIZES
    columns: list[Sequence[int]] = [run.durations, [len(payload) for payload in run.payloads]]
    if run.keys is not None:
        flags |= _FLAGS
        places = range(len(run.payloads))
        columns.append([_DEPENDS_ON_NONE if place in run.keys else _DEPENDS_ON_OTHERS for place in places])
    if any(run.composition_offsets):
        flags |= _COMPOSITION
        columns.append([offset & 0xFFFFFFFF for offset in run.composition_offsets])
    rows = [number for row in zip(*columns, strict=True) for number in row]
    return flags, struct.pack(f">{len(rows)}I", *rows)


def _fragment_track(run: Run, flags: int, table_bytes: int, data_offset: int) -> bytes:
    """`traf` up to the rows of its `trun`. Version 1 of `trun` has composition offsets with a sign."""
    return struct.pack(
        ">I4sI4sIII4sIQI4sIII",
        *(64 + table_bytes, b"traf"),
        *(16, b"tfhd", _DEFAULT_BASE_IS_MOOF, run.track_id),
        *(20, b"tfdt", 1 << 24, run.decode_ticks),
        *(20 + table_bytes, b"trun", 1 << 24 | flags, len(run.payloads), data_offset),
    )


def _video_track(video: AvcConfiguration) -> bytes:
    across, down = video.pixel_ratio
    entry = struct.pack(">6xH16xHHIIIH32xHH", 1, video.width, video.height, 0x480000, 0x480000, 0, 1, 24, 0xFFFF)
    boxes = [_box(b"avcC", video.record)]
    if across != down:
        boxes.append(_box(b"pasp", struct.pack(">II", across, down)))
    shown_width = min(round((video.width << 16) * across / down), 0xFFFFFFFF)
    return _track(
        track_head=_track_head(VIDEO_TRACK_ID, 0, shown_width, video.height << 16),
        timescale=VIDEO_TIMESCALE,
        handler=b"vide",
        media_head=_full(b"vmhd", 1, bytes(8)),
        entry=_box(b"avc1", entry, *boxes),
    )


def _sound_track(sound: AacConfiguration) -> bytes:
    # Rates beyond 16 bits do not fit the field; readers take them from `esds` (14496-14, 5.6.1).
    rate = sound.rate << 16 if sound.rate <= 0xFFFF else 0
    entry = struct.pack(">6xH8xHHII", 1, sound.channels, 16, 0, rate)
    return _track(
        track_head=_track_head(SOUND_TRACK_ID, 0x0100, 0, 0),
        timescale=sound.rate,
        handler=b"soun",
        media_head=_full(b"smhd", 0, bytes(4)),
        entry=_box(b"mp4a", entry, _full(b"esds", 0, _elementary_stream(sound.record))),
    )


def _elementary_stream(configuration: bytes) -> bytes:
    """ES_Descriptor around DecoderConfigDescriptor around the configuration (14496-1, 7.2.6.5 and 7.2.6.6)."""
    specific = bytes([0x05, len(configuration)]) + configuration
    decoder = struct.pack(">BBBB3xII", 0x04, 13 + len(specific), 0x40, 0x15, 0, 0) + specific
    stream = struct.pack(">HB", SOUND_TRACK_ID, 0) + decoder + bytes([0x06, 1, 2])
    return bytes([0x03, len(stream)]) + stream


def _track_head(track_id: int, volume: int, width: int, height: int) -> bytes:
    fields = struct.pack(">5I8xHHHxx", 0, 0, track_id, 0, 0, 0, 0, volume)
    return _full(b"tkhd", 3, fields, _UPRIGHT, struct.pack(">II", width, height))


def _track(*, track_head: bytes, timescale: int, handler: bytes, media_head: bytes, entry: bytes) -> bytes:
    table = _box(
        b"stbl",
        _full(b"stsd", 0, struct.pack(">I", 1), entry),
        *(_full(kind, 0, bytes(length)) for kind, length in _NO_SAMPLES),
    )
    data_is_here = _full(b"dref", 0, struct.pack(">I", 1), _full(b"url ", 1))
    media = _box(
        b"mdia",
        _full(b"mdhd", 0, struct.pack(">4IHH", 0, 0, timescale, 0, 0x55C4, 0)),  # 0x55c4: language undetermined
        _full(b"hdlr", 0, bytes(4), handler, bytes(12), b"\0"),
        _box(b"minf", media_head, _box(b"dinf", data_is_here), table),
    )
    return _box(b"trak", track_head, media)


def _box(kind: bytes, *bodies: bytes) -> bytes:
    body = b"".join(bodies)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def _full(kind: bytes, flags: int, *bodies: bytes) -> bytes:
    """A box with version 0 and flags."""
    return _box(kind, struct.pack(">I", flags), *bodies)
