"""AMF0, the notation of RTMP's commands and metadata (Adobe, "Action Message Format -- AMF 0", 2007).

| AMF0 (section) | Python |
|---|---|
| number (2.2) | float; int is accepted for writing |
| boolean (2.3) | bool |
| string, long string (2.4, 2.14) | str |
| object (2.5) | dict |
| null (2.7) | None |
| undefined (2.8) | UNDEFINED |
| ECMA array (2.10) | EcmaArray, which is a dict |
| strict array (2.12) | list |
| date (2.13) | datetime, in UTC |

References, typed objects, XML, and AMF3 are refused: no RTMP peer of a camera sends them.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Final, TypeAlias

from streaming.rtmp.errors import RtmpError

MAX_BYTES = 1 << 20
MAX_DEPTH = 16

_NUMBER, _BOOLEAN, _STRING, _OBJECT, _NULL, _UNDEFINED = 0x00, 0x01, 0x02, 0x03, 0x05, 0x06
_ECMA_ARRAY, _OBJECT_END, _STRICT_ARRAY, _DATE, _LONG_STRING = 0x08, 0x09, 0x0A, 0x0B, 0x0C
_DOUBLE = struct.Struct(">d")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class MalformedAmf0(RtmpError):
    """The bytes are not AMF0, or hold more than is sensible."""


class Undefined(Enum):
    """The type of UNDEFINED, which is neither null nor absent."""

    UNDEFINED = "undefined"


UNDEFINED: Final = Undefined.UNDEFINED


class EcmaArray(dict[str, "Value"]):
    """An object that was announced as an array: the form in which most encoders send `onMetaData`."""


Value: TypeAlias = "bool | float | str | datetime | Undefined | list[Value] | dict[str, Value] | None"


def encode(*values: Value) -> bytes:
    """The values one after another. Raises ValueError for what AMF0 cannot say."""
    return b"".join(_encode_value(value) for value in values)


def decode(data: bytes | memoryview) -> list[Value]:
    """All values in `data`. Raises MalformedAmf0, also beyond MAX_BYTES and MAX_DEPTH."""
    if len(data) > MAX_BYTES:
        raise MalformedAmf0(f"{len(data)} bytes of AMF0 are beyond all measure")
    reader = _Reader(bytes(data))
    values: list[Value] = []
    while reader.has_more:
        values.append(reader.value(depth=0))
    return values


def _encode_value(value: Value) -> bytes:  # noqa: PLR0911  (one line for each type)
    if value is None:
        return bytes([_NULL])
    if value is UNDEFINED:
        return bytes([_UNDEFINED])
    if isinstance(value, bool):
        return bytes([_BOOLEAN, value])
    if isinstance(value, (int, float)):
        return bytes([_NUMBER]) + _DOUBLE.pack(value)
    if isinstance(value, str):
        return _encode_string(value)
    if isinstance(value, datetime):
        return _encode_date(value)
    if isinstance(value, list):
        return struct.pack(">BI", _STRICT_ARRAY, len(value)) + encode(*value)
    if isinstance(value, EcmaArray):
        return struct.pack(">BI", _ECMA_ARRAY, len(value)) + _encode_members(value)
    if isinstance(value, dict):
        return bytes([_OBJECT]) + _encode_members(value)
    raise ValueError(f"AMF0 has no notation for {type(value).__name__}")


def _encode_string(value: str) -> bytes:
    text = value.encode()
    if len(text) <= 0xFFFF:
        return struct.pack(">BH", _STRING, len(text)) + text
    return struct.pack(">BI", _LONG_STRING, len(text)) + text


def _encode_date(value: datetime) -> bytes:
    if value.tzinfo is None:
        raise ValueError("AMF0 dates are instants: give the datetime a time zone")
    milliseconds = (value - _EPOCH) / timedelta(milliseconds=1)
    return bytes([_DATE]) + _DOUBLE.pack(milliseconds) + b"\0\0"


def _encode_members(members: Mapping[str, Value]) -> bytes:
    parts = []
    for key, value in members.items():
        name = key.encode()
        if len(name) > 0xFFFF:
            raise ValueError("the name of an AMF0 member is limited to 65535 bytes")
        parts += [struct.pack(">H", len(name)), name, _encode_value(value)]
    return b"".join(parts) + bytes([0, 0, _OBJECT_END])


class _Reader:
    """Takes one value after another from the front of `data`."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._offset = 0

    @property
    def has_more(self) -> bool:
        return self._offset < len(self._data)

    def value(self, *, depth: int) -> Value:  # noqa: PLR0911, C901  (one line for each type)
        if depth > MAX_DEPTH:
            raise MalformedAmf0(f"AMF0 nested deeper than {MAX_DEPTH} levels")
        marker = self._unsigned(1)
        if marker == _NUMBER:
            return self._double()
        if marker == _BOOLEAN:
            return self._unsigned(1) != 0
        if marker == _STRING:
            return self._text(self._unsigned(2))
        if marker == _LONG_STRING:
            return self._text(self._unsigned(4))
        if marker == _OBJECT:
            return self._members({}, depth)
        if marker == _ECMA_ARRAY:
            self._take(4)  # a hint only: what counts is the end marker
            return self._members(EcmaArray(), depth)
        if marker == _STRICT_ARRAY:
            return [self.value(depth=depth + 1) for _ in range(self._unsigned(4))]
        if marker == _NULL:
            return None
        if marker == _UNDEFINED:
            return UNDEFINED
        if marker == _DATE:
            return self._date()
        raise MalformedAmf0(f"{marker:#04x} is no AMF0 type that is read here")

    def _members(self, members: dict[str, Value], depth: int) -> dict[str, Value]:
        while True:
            name = self._text(self._unsigned(2))
            if not name and self._data[self._offset : self._offset + 1] == bytes([_OBJECT_END]):
                self._take(1)
                return members
            members[name] = self.value(depth=depth + 1)

    def _date(self) -> datetime:
        """The time zone behind it is reserved and "should not be filled in" (2.13)."""
        milliseconds = self._double()
        self._take(2)
        try:
            return _EPOCH + timedelta(milliseconds=milliseconds)
        except (OverflowError, ValueError) as error:
            raise MalformedAmf0("a date outside of the calendar") from error

    def _double(self) -> float:
        number: float = _DOUBLE.unpack(self._take(8))[0]
        return number

    def _text(self, length: int) -> str:
        return self._take(length).decode("utf-8", "replace")

    def _unsigned(self, width_bytes: int) -> int:
        return int.from_bytes(self._take(width_bytes), "big")

    def _take(self, count: int) -> bytes:
        end = self._offset + count
        if end > len(self._data):
            raise MalformedAmf0("AMF0 ends in the middle of a value")
        taken = self._data[self._offset : end]
        self._offset = end
        return taken
