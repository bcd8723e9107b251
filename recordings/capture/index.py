"""The index beside each media file: where every fragment lies, when it was, and what it must hash to.

Layout (little endian; `media.mp4` has its index in `media.idx`):

    header, 64 bytes
        0   8  magic            89 "VMSIDX" 0A
        8   2  version          1
        10  2  record size      64
        12  4  timescale        ticks per second of the video track
        16  4  init length      bytes before the first fragment in the media file
        20 40  reserved         zeros
        60  4  CRC-32           of bytes 0 to 59 (ISO 3309, as in zlib)

    record, 64 bytes, one for each fragment, in the order of the media file and without holes
        0   8  offset           of the fragment's `prft` box in the media file
        8   4  length           of `prft` + `moof` + `mdat`
        12  4  flags            bit 0: decoding can start here (key fragment)
        16  8  start            microseconds since 1970-01-01T00:00:00Z, signed
        24  4  duration         wall clock, microseconds
        28  4  duration         media ticks
        32  8  decode time      media ticks of the first frame
        40  4  frames           of video; 0: the fragment holds sound alone, and both durations are 0
        44  4  key bytes        size of the first frame
        48 12  digest           BLAKE2b with 12 bytes of output, of all `length` bytes
        60  4  CRC-32           of bytes 0 to 59

A record is written after its fragment and never rewritten. A reader stops at the first record that is short, fails its
CRC or does not continue the one before it: that is a torn tail. The media file is the truth: an index is rebuilt from it.
"""

from __future__ import annotations

import hashlib
import os
import struct
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from operator import add
from pathlib import Path
from typing import NamedTuple, Self

from recordings.capture.fragments import FoundFragment, MalformedStream, read_init, walk_fragments
from recordings.capture.index_columns import (
    KEY_FLAG,
    RECORD_BYTES,
    IndexColumns,
    is_sealed,
    sealed,
    whole_records,
)

HEADER_BYTES = 64
VERSION = 1

_MAGIC = b"\x89VMSIDX\n"
_HEADER = struct.Struct("<8sHHII40x")
_RECORD = struct.Struct("<QIIqIIQII12s")
_PADDED_RECORD = struct.Struct(f"{_RECORD.format}4x")


class MalformedIndex(Exception):
    """The file is no index of this version; rebuild it from its media file."""


@dataclass(frozen=True, slots=True)
class IndexHeader:
    """`timescale` in ticks per second of video, `init_bytes` the length of the init segment in the media file."""

    timescale: int
    init_bytes: int


class IndexRecord(NamedTuple):
    """One fragment; the module's docstring explains every field and its unit. A tuple, because a day has 43,200 of them."""

    offset: int
    length: int
    start_us: int
    duration_us: int
    decode_ticks: int
    duration_ticks: int
    frames: int
    key_bytes: int
    is_key: bool
    digest: bytes

    @property
    def end_offset(self) -> int:
        return self.offset + self.length

    @property
    def end_us(self) -> int:
        return self.start_us + self.duration_us


@dataclass(frozen=True)
class Index:
    """What is known of one media file. `packed` are whole records as they lie in the index."""

    header: IndexHeader
    packed: bytes

    @classmethod
    def of(cls, header: IndexHeader, records: Iterable[IndexRecord]) -> Self:
        """Raises ValueError when a number does not fit its field."""
        return cls(header, b"".join(map(pack_record, records)))

    @cached_property
    def records(self) -> tuple[IndexRecord, ...]:
        return tuple(_unpacked(self.packed))

    @cached_property
    def columns(self) -> IndexColumns:
        """The same, when there are many of them."""
        return IndexColumns.of(self.packed)

    @property
    def last(self) -> IndexRecord | None:
        return _unpacked(self.packed[-RECORD_BYTES:])[0] if self.packed else None

    @property
    def media_bytes(self) -> int:
        """Where the last known fragment ends in the media file."""
        return self.last.end_offset if self.last else self.header.init_bytes

    def within(self, media_bytes: int) -> Index:
        """Without the records that reach beyond a media file of this size, as a power cut may leave them."""
        if self.media_bytes <= media_bytes:
            return self
        ends = map(add, self.columns.offsets, self.columns.lengths)
        return replace(self, packed=self.packed[: RECORD_BYTES * sum(end <= media_bytes for end in ends)])


def index_path_of(media_path: Path) -> Path:
    return media_path.with_suffix(".idx")


def digest_of(*parts: bytes) -> bytes:
    """The digest of a fragment's bytes, given in any number of parts."""
    digest = hashlib.blake2b(digest_size=12)
    for part in parts:
        digest.update(part)
    return digest.digest()


def pack_header(header: IndexHeader) -> bytes:
    return sealed(_HEADER.pack(_MAGIC, VERSION, RECORD_BYTES, header.timescale, header.init_bytes))


def unpack_header(data: bytes) -> IndexHeader:
    """Raises MalformedIndex."""
    if len(data) != HEADER_BYTES or not is_sealed(data):
        raise MalformedIndex("the index header is damaged")
    magic, version, record_bytes, timescale, init_bytes = _HEADER.unpack_from(data)
    if (magic, version, record_bytes) != (_MAGIC, VERSION, RECORD_BYTES):
        raise MalformedIndex(f"not an index of version {VERSION}")
    return IndexHeader(timescale, init_bytes)


def pack_record(record: IndexRecord) -> bytes:
    """Raises ValueError when a number does not fit its field."""
    try:
        return sealed(
            _RECORD.pack(
                record.offset,
                record.length,
                KEY_FLAG if record.is_key else 0,
                record.start_us,
                record.duration_us,
                record.duration_ticks,
                record.decode_ticks,
                record.frames,
                record.key_bytes,
                record.digest,
            )
        )
    except struct.error as error:
        raise ValueError(f"the record does not fit the index: {error}") from error


def unpack_record(data: bytes) -> IndexRecord:
    """Raises MalformedIndex."""
    if len(data) != RECORD_BYTES or not is_sealed(data):
        raise MalformedIndex("the index record is damaged")
    (record,) = _unpacked(data)
    return record


def read_index(path: Path) -> Index:
    """All whole records; a torn tail is left out. Raises MalformedIndex when the header is not whole, and OSError."""
    data = path.read_bytes()
    header, packed = unpack_header(data[:HEADER_BYTES]), data[HEADER_BYTES:]
    return Index(header, packed[: RECORD_BYTES * whole_records(packed, header.init_bytes)])


def rebuild_index(media_path: Path) -> Index:
    """The index from the media file alone; reads all of it. Raises MalformedStream (no init segment) and OSError.

    A fragment's duration is the time to the start of the next one. The last has no next: it gets its media duration at
    the pace of the one before it, which is exact unless the camera's pace was just changing.
    """
    records: list[IndexRecord] = []
    with media_path.open("rb") as file:
        init = read_init(file)
        for found in walk_fragments(file):
            if records:
                records[-1] = records[-1]._replace(duration_us=max(0, found.start_us - records[-1].start_us))
            records.append(_record_of(found, records[-1] if records else None, init.timescale))
    return Index.of(IndexHeader(init.timescale, len(init.data)), records)


def write_index(path: Path, index: Index) -> None:
    """Put the index in place at once or not at all; an index that is there is replaced. Raises OSError."""
    beside = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        with beside.open("wb") as file:
            file.write(pack_header(index.header) + index.packed)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def verify_index(media_path: Path, index: Index) -> list[str]:
    """What does not agree between a media file and its index, in plain words; reads the whole file. Raises OSError."""
    problems: list[str] = []
    with media_path.open("rb") as file:
        try:
            init = read_init(file)
        except MalformedStream as error:
            return [f"init segment: {error}"]
        if IndexHeader(init.timescale, len(init.data)) != index.header:
            problems.append("init segment: differs from what the index says")
        for number, record in enumerate(index.records):
            file.seek(record.offset)
            data = file.read(record.length)
            if len(data) < record.length:
                problems.append(f"fragment {number}: {record.length - len(data)} of {record.length} bytes are missing")
            elif digest_of(data) != record.digest:
                problems.append(f"fragment {number}: its bytes have changed")
        surplus = file.seek(0, os.SEEK_END) - index.media_bytes
    if surplus > 0:
        problems.append(f"{surplus} bytes after the last fragment are not in the index")
    return problems


def _unpacked(data: bytes) -> list[IndexRecord]:
    return [
        IndexRecord(offset, length, start, duration, decode, ticks, frames, key_bytes, flags & KEY_FLAG != 0, digest)
        for offset, length, flags, start, duration, ticks, decode, frames, key_bytes, digest in (
            _PADDED_RECORD.iter_unpack(data)
        )
    ]


def _record_of(found: FoundFragment, previous: IndexRecord | None, timescale: int) -> IndexRecord:
    fragment = found.fragment
    return IndexRecord(
        offset=found.offset,
        length=found.length,
        start_us=found.start_us,
        duration_us=_likely_duration_us(fragment.duration_ticks, previous, timescale),
        decode_ticks=fragment.decode_ticks,
        duration_ticks=fragment.duration_ticks,
        frames=fragment.frames,
        key_bytes=fragment.key_bytes,
        is_key=fragment.is_key,
        digest=digest_of(found.stamp, fragment.data),
    )


def _likely_duration_us(duration_ticks: int, previous: IndexRecord | None, timescale: int) -> int:
    if previous is None or previous.duration_ticks == 0:
        return duration_ticks * 1_000_000 // timescale
    return duration_ticks * previous.duration_us // previous.duration_ticks
