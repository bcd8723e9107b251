"""Pure: all records of an index at once. A day has 43,200 of them, and an object for each would take most of the time.

Where the fields lie is told in `recordings.capture.index`.
"""

from __future__ import annotations

import struct
import sys
import zlib
from array import array
from bisect import bisect_left, bisect_right
from functools import lru_cache
from itertools import accumulate
from operator import add
from typing import NamedTuple, Self

RECORD_BYTES = 64
KEY_FLAG = 1

_CRC = struct.Struct("<I")
_SEALED_RECORD = struct.Struct("<60sI")


class IndexColumns(NamedTuple):
    """A field of every record, in their order. `offsets` and `lengths` in bytes of the media file, `flags` with KEY_FLAG."""

    offsets: array[int]
    lengths: array[int]
    flags: array[int]
    starts_us: array[int]
    durations_us: array[int]
    decode_ticks: array[int]
    duration_ticks: array[int]

    @classmethod
    def of(cls, packed: bytes) -> Self:
        """The columns of whole records."""
        half_words, words, signed = (_little_endian(code, packed) for code in "IQq")
        return cls(
            offsets=words[0::8],
            lengths=half_words[2::16],
            flags=half_words[3::16],
            starts_us=signed[2::8],
            durations_us=half_words[6::16],
            decode_ticks=words[4::8],
            duration_ticks=half_words[7::16],
        )

    def between(self, start_us: int, end_us: int) -> Self:
        """The records with footage between two instants."""
        first = bisect_right(list(map(add, self.starts_us, self.durations_us)), start_us)
        beyond = bisect_left(self.starts_us, end_us)
        return type(self)(*(column[first:beyond] for column in self))


def whole_records(packed: bytes, due_offset: int) -> int:
    """How many records there are before the first that is short, has a wrong CRC or does not continue the one before it.

    `due_offset` is where the first fragment has to begin in the media file.
    """
    count = _sealed_records(packed[: len(packed) // RECORD_BYTES * RECORD_BYTES])
    packed = packed[: count * RECORD_BYTES]
    offsets, lengths = _little_endian("Q", packed)[0::8], _little_endian("I", packed)[2::16]
    due = array("Q", accumulate(lengths, initial=due_offset))
    if offsets == due[:-1]:
        return count
    return next(
        number for number, (offset, due_here) in enumerate(zip(offsets, due, strict=False)) if offset != due_here
    )


def sealed(body: bytes) -> bytes:
    """Bytes and their CRC."""
    return body + _CRC.pack(zlib.crc32(body))


def is_sealed(data: bytes) -> bool:
    """Whether the CRC at the end is that of the bytes before it."""
    return _CRC.pack(zlib.crc32(data[: -_CRC.size])) == data[-_CRC.size :]


def _sealed_records(packed: bytes) -> int:
    count = len(packed) // RECORD_BYTES
    if zlib.crc32(packed) == _crc_of_sealed(count):
        return count
    for number, (body, checksum) in enumerate(_SEALED_RECORD.iter_unpack(packed)):
        if zlib.crc32(body) != checksum:
            return number
    return count


@lru_cache(maxsize=4096)
def _crc_of_sealed(count: int) -> int:
    """The CRC over so many records, whatever they say: what ends with its own CRC leaves the same remainder as all such."""
    return zlib.crc32(sealed(bytes(RECORD_BYTES - _CRC.size)) * count)


def _little_endian(code: str, packed: bytes) -> array[int]:
    words = array(code, packed)
    if sys.byteorder == "big":
        words.byteswap()
    return words
