"""As much of RTMP as a publisher needs, written apart from the product's own so that both cannot share a mistake.

Adobe's RTMP specification 1.0: chunks (5.3), control messages (5.4), commands (7.2); AMF 0 as in amf0-file-format.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

SET_CHUNK_SIZE, USER_CONTROL, AUDIO, VIDEO, DATA, COMMAND = 1, 4, 8, 9, 18, 20
CHUNK_BYTES = 4096
HANDSHAKE_BYTES = 1536
PING_REQUEST, PING_RESPONSE = 6, 7
_STREAM = (1).to_bytes(4, "little")  # nginx-rtmp numbers the only stream of a connection 1
_HEADER_BYTES = (11, 7, 3, 0)


def _text(value: str) -> bytes:
    encoded = value.encode()
    return b"\x02" + struct.pack(">H", len(encoded)) + encoded


def _number(value: float) -> bytes:
    return b"\x00" + struct.pack(">d", value)


def _mapping(pairs: dict[str, str]) -> bytes:
    members = b"".join(_text(name)[1:] + _text(value) for name, value in pairs.items())
    return b"\x03" + members + b"\x00\x00\x09"


SET_DATA_FRAME = _text("@setDataFrame")
_NULL = b"\x05"


def chunked(chunk_stream: int, delta_ms: int, kind: int, payload: bytes) -> bytes:
    """A message whose header says the time since the one before it on this chunk stream (type 1)."""
    head = bytes([0x40 | chunk_stream]) + delta_ms.to_bytes(3) + len(payload).to_bytes(3) + bytes([kind])
    return head + _continued(chunk_stream, payload)


def full_header_message(chunk_stream: int, at_ms: int, kind: int, payload: bytes, stream: bytes = _STREAM) -> bytes:
    """A message with a full header and its absolute time (type 0)."""
    head = bytes([chunk_stream]) + at_ms.to_bytes(3) + len(payload).to_bytes(3) + bytes([kind]) + stream
    return head + _continued(chunk_stream, payload)


def _continued(chunk_stream: int, payload: bytes) -> bytes:
    again = bytes([0xC0 | chunk_stream])
    return again.join(payload[at : at + CHUNK_BYTES] for at in range(0, len(payload), CHUNK_BYTES))


def _control(kind: int, payload: bytes) -> bytes:
    return full_header_message(2, 0, kind, payload, b"\x00" * 4)


def opening(application: str, address: str) -> bytes:
    """After the handshake: the chunk size, `connect`, `createStream`."""
    facts = {"app": application, "type": "nonprivate", "flashVer": "FMLE/3.0 (bench)", "tcUrl": address}
    connect = _text("connect") + _number(1) + _mapping(facts)
    create = _text("createStream") + _number(2) + _NULL
    return (
        _control(SET_CHUNK_SIZE, struct.pack(">I", CHUNK_BYTES))
        + full_header_message(3, 0, COMMAND, connect, b"\x00" * 4)
        + full_header_message(3, 0, COMMAND, create, b"\x00" * 4)
    )


def publish(name: str) -> bytes:
    """The wish to publish under a name with its query."""
    return full_header_message(3, 0, COMMAND, _text("publish") + _number(3) + _NULL + _text(name) + _text("live"))


def ping_response(request: bytes) -> bytes:
    return _control(USER_CONTROL, struct.pack(">H", PING_RESPONSE) + request[2:6])


@dataclass(slots=True)
class _Assembly:
    """A message of one chunk stream that is being put together."""

    length: int = 0
    kind: int = 0
    data: bytearray = field(default_factory=bytearray)


class ChunkReader:
    """Bytes from a server become messages."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._chunk_bytes = 128
        self._streams: dict[int, _Assembly] = {}

    def feed(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """Type and payload of every message that is whole now."""
        self._bytes += data
        while (taken := self._take()) is not None:
            used, message = taken
            del self._bytes[:used]
            if message is None:
                continue
            if message[0] == SET_CHUNK_SIZE:
                self._chunk_bytes = int.from_bytes(message[1])
            yield message

    def _take(self) -> tuple[int, tuple[int, bytes] | None] | None:
        """One chunk: how many bytes it has, and the message it completes; None while it is not whole."""
        if not self._bytes:
            return None
        form, stream = self._bytes[0] >> 6, self._bytes[0] & 0x3F
        start = 1 + _HEADER_BYTES[form]
        if len(self._bytes) < start:
            return None
        assembly = self._streams.setdefault(stream, _Assembly())
        length = int.from_bytes(self._bytes[4:7]) if form <= 1 else assembly.length
        kind = self._bytes[7] if form <= 1 else assembly.kind
        size = min(self._chunk_bytes, length - len(assembly.data))
        if len(self._bytes) < start + size:
            return None
        assembly.length, assembly.kind = length, kind
        assembly.data += self._bytes[start : start + size]
        if len(assembly.data) < length:
            return start + size, None
        whole, assembly.data = bytes(assembly.data), bytearray()
        return start + size, (kind, whole)
