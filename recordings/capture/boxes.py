"""The grammar of ISO base media files: boxes inside boxes, and the one box that is written here (`prft`)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

MAX_BOX_BYTES = 64 * 1024 * 1024
PRFT_BYTES = 32

_NTP_EPOCH_SECONDS = 2_208_988_800  # 1900-01-01 to 1970-01-01
_NTP_ERA_SECONDS = 1 << 32
_PRFT = struct.Struct(">I4sIIIIQ")
# "Consistent with the wall clock when the event was captured" (ISO/IEC 14496-12:2020, 8.16.5.3); FFmpeg writes the same.
_PRFT_VERSION_AND_FLAGS = (1 << 24) | 24


class MalformedStream(Exception):
    """The bytes are not the fragmented MP4 that the recorder can keep; the message says what is wrong in plain words."""


@dataclass(frozen=True, slots=True)
class BoxHeader:
    """Kind (four characters), whole size, and size of the header itself, in bytes."""

    kind: str
    size: int
    header_bytes: int


class Fields:
    """Reads big-endian fields one after another; raises MalformedStream where the bytes end too early."""

    __slots__ = ("_data", "_offset")

    def __init__(self, data: memoryview) -> None:
        self._data = data
        self._offset = 0

    def take(self, count: int) -> memoryview:
        end = self._offset + count
        if end > len(self._data):
            raise MalformedStream("a box ends in the middle of a field")
        taken = self._data[self._offset : end]
        self._offset = end
        return taken

    def unsigned(self, width_bytes: int) -> int:
        return int.from_bytes(self.take(width_bytes), "big")

    def column(self, count: int) -> tuple[int, ...]:
        """`count` unsigned 32-bit numbers."""
        return struct.unpack(f">{count}I", self.take(4 * count))

    def rest(self) -> memoryview:
        return self._data[self._offset :]


def read_header(data: bytes | bytearray | memoryview, offset: int = 0) -> BoxHeader | None:
    """The header at `offset`, or None when more bytes are needed (ISO/IEC 14496-12, 4.2.2).

    A size of 0 ("to the end of the file") has no end in a stream and is refused with MalformedStream.
    """
    if len(data) < offset + 8:
        return None
    size, raw_kind = struct.unpack_from(">I4s", data, offset)
    if not all(0x20 <= letter < 0x7F or letter == 0xA9 for letter in raw_kind):
        raise MalformedStream(f"{raw_kind.hex()} is no box type")
    header_bytes = 8
    if size == 1:
        if len(data) < offset + 16:
            return None
        (size,) = struct.unpack_from(">Q", data, offset + 8)
        header_bytes = 16
    kind = raw_kind.decode("latin-1")
    if size < header_bytes:
        raise MalformedStream(f"a {kind!r} box of {size} bytes cannot exist")
    return BoxHeader(kind, size, header_bytes)


def children(body: memoryview) -> Iterator[tuple[str, memoryview]]:
    """The boxes inside a box, as (kind, body)."""
    offset = 0
    while offset < len(body):
        header = read_header(body, offset)
        if header is None or offset + header.size > len(body):
            raise MalformedStream("a box is longer than the box around it")
        yield header.kind, body[offset + header.header_bytes : offset + header.size]
        offset += header.size


def child(body: memoryview, *path: str) -> memoryview | None:
    """The body of the first box at `path`, or None."""
    for wanted in path:
        found = next((inner for kind, inner in children(body) if kind == wanted), None)
        if found is None:
            return None
        body = found
    return body


def required_child(body: memoryview, *path: str) -> memoryview:
    """Like `child`, but a missing box is a MalformedStream."""
    found = child(body, *path)
    if found is None:
        raise MalformedStream(f"the {'/'.join(path)} box is missing")
    return found


def pack_prft(track_id: int, start_us: int, media_ticks: int) -> bytes:
    """A producer reference time box, version 1 (ISO/IEC 14496-12, 8.16.5): wall-clock time of a fragment's first frame.

    `start_us` is microseconds since the Unix epoch. The box carries an NTP time stamp (RFC 5905, section 6), whose
    32-bit seconds begin anew in February 2036; the era is dropped here and recovered by `unpack_prft`.
    """
    seconds, microseconds = divmod(start_us, 1_000_000)
    ntp_seconds = (seconds + _NTP_EPOCH_SECONDS) % _NTP_ERA_SECONDS
    # Rounded up, so that the floor taken on reading gives back the same microsecond.
    fraction = -(-(microseconds << 32) // 1_000_000)
    return _PRFT.pack(PRFT_BYTES, b"prft", _PRFT_VERSION_AND_FLAGS, track_id, ntp_seconds, fraction, media_ticks)


def unpack_prft(box: bytes) -> tuple[int, int]:
    """(start_us, media_ticks) of a box written by `pack_prft`; raises MalformedStream for any other bytes.

    Seconds with the highest bit clear belong to the era that begins in 2036 (RFC 4330, section 3).
    """
    if len(box) != PRFT_BYTES:
        raise MalformedStream("the prft box has another size than VMS writes")
    size, kind, version_and_flags, _track_id, ntp_seconds, fraction, media_ticks = _PRFT.unpack(box)
    if (size, kind, version_and_flags >> 24) != (PRFT_BYTES, b"prft", 1):
        raise MalformedStream("the prft box has another layout than VMS writes")
    era = 0 if ntp_seconds & 0x8000_0000 else _NTP_ERA_SECONDS
    seconds = ntp_seconds + era - _NTP_EPOCH_SECONDS
    return seconds * 1_000_000 + ((fraction * 1_000_000) >> 32), media_ticks
