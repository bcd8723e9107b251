"""Messages out of chunks and into them (specification 5.3)."""

from __future__ import annotations

import struct
from typing import NamedTuple

from streaming.rtmp.errors import RtmpError

SET_CHUNK_SIZE, ABORT, ACKNOWLEDGEMENT, USER_CONTROL, WINDOW_SIZE, PEER_BANDWIDTH = 1, 2, 3, 4, 5, 6
AUDIO, VIDEO, DATA, COMMAND, AGGREGATE = 8, 9, 18, 20, 22
DEFAULT_CHUNK_BYTES = 128
MAX_MESSAGE_BYTES = 16 << 20
CONTROL_CHUNK_STREAM = 2

_MAX_CHUNK_STREAMS = 64
_MAX_CHUNK_BYTES = 0xFFFFFF  # a message is not longer (5.4.1)
_EXTENDED = 0xFFFFFF
_HEADER_BYTES = (11, 7, 3, 0)
_LONGEST_HEADER_BYTES = 18
_NOT_YET = -1
_FORM_1 = struct.Struct(">II")  # basic header and time, length and kind


class MalformedChunks(RtmpError):
    """The bytes are no chunk stream, or announce more than is sensible."""


class Message(NamedTuple):
    """`kind` is the message type id (5.4, 7.1). `timestamp` counts milliseconds and wraps at 2^32."""

    kind: int
    stream_id: int
    timestamp: int
    body: bytes


class _ChunkStream:
    """What later chunks of one chunk stream leave out because an earlier one has said it (5.3.1.2)."""

    __slots__ = ("body", "delta", "extended", "kind", "length", "missing", "stream_id", "timestamp")

    def __init__(self) -> None:
        self.kind = self.stream_id = self.length = self.timestamp = self.delta = 0
        self.extended = False
        self.missing = 0
        self.body = bytearray()


class ChunkReader:
    """Takes bytes in any pieces and gives back whole messages.

    Set Chunk Size and Abort (5.4.1, 5.4.2) are obeyed and not passed on. Unfinished messages together never take more
    than twice `max_message_bytes`. After a MalformedChunks the reader is spent.
    """

    def __init__(self, *, max_message_bytes: int = MAX_MESSAGE_BYTES) -> None:
        self._max_message_bytes = max_message_bytes
        self._chunk_bytes = DEFAULT_CHUNK_BYTES
        self._streams: dict[int, _ChunkStream] = {}
        self._held = b""
        self._open: _ChunkStream | None = None
        self._due = 0
        self._unfinished_bytes = 0

    def feed(self, data: bytes) -> list[Message]:
        """The messages that `data` completes. Raises MalformedChunks."""
        if self._held:
            data = self._held + data
        messages: list[Message] = []
        offset, end = 0, len(data)
        while offset < end:
            stream = self._open
            if stream is None:
                offset = self._read_whole_messages(data, offset, messages)
                header_end = self._read_header(data, offset) if offset < end else _NOT_YET
                if header_end == _NOT_YET:
                    break
                offset = header_end
                stream = self._open
                assert stream is not None  # noqa: S101  (just opened)
            taken_end = min(offset + self._due, end)
            part = data[offset:taken_end]
            offset = taken_end
            self._due -= len(part)
            if self._due:
                self._take(stream, part)
                break
            self._open = None
            if stream.missing == len(part):
                messages += self._complete(stream, part)
            else:
                self._take(stream, part)
        self._held = data[offset:]
        return messages

    def _read_whole_messages(self, data: bytes, offset: int, messages: list[Message]) -> int:
        """The fast way through what a server sends nearly always: form 1, and the whole message in one chunk.

        Returns where something else begins.
        """
        streams, longest_bytes = self._streams, min(self._chunk_bytes, self._max_message_bytes)
        last_start = len(data) - _LONGEST_HEADER_BYTES
        while offset <= last_start:
            head, tail = _FORM_1.unpack_from(data, offset)
            stream = streams.get(head >> 24 & 0x3F)
            if stream is None or head >> 30 != 1 or stream.missing:
                break
            delta, length, kind = head & 0xFFFFFF, tail >> 8, tail & 0xFF
            start = offset + 8
            if delta == _EXTENDED or length > longest_bytes or start + length > len(data) or kind <= ABORT:
                break
            stream.kind, stream.length, stream.delta, stream.extended = kind, length, delta, False
            stream.timestamp = timestamp = (stream.timestamp + delta) & 0xFFFFFFFF
            offset = start + length
            messages.append(Message(kind, stream.stream_id, timestamp, data[start:offset]))
        return offset

    def _read_header(self, data: bytes, offset: int) -> int:
        """Open the chunk at `offset` and return where its payload begins; _NOT_YET when its header is not whole."""
        first = data[offset]
        chunk_stream_id = first & 0x3F
        offset += 1
        if chunk_stream_id < 2:  # the id follows in one byte, or in two (5.3.1.1)
            width = chunk_stream_id + 1
            if len(data) < offset + width:
                return _NOT_YET
            chunk_stream_id = 64 + int.from_bytes(data[offset : offset + width], "little")
            offset += width
        stream = self._streams.get(chunk_stream_id)
        if stream is None:
            stream = self._new_stream(chunk_stream_id, first >> 6)
        header_end = self._read_message_header(stream, first >> 6, data, offset)
        if header_end != _NOT_YET:
            self._open = stream
            self._due = min(stream.missing, self._chunk_bytes)
        return header_end

    def _new_stream(self, chunk_stream_id: int, form: int) -> _ChunkStream:
        if form != 0:
            raise MalformedChunks(f"chunk stream {chunk_stream_id} begins with a header that refers to another")
        if len(self._streams) >= _MAX_CHUNK_STREAMS:
            raise MalformedChunks(f"more than {_MAX_CHUNK_STREAMS} chunk streams")
        stream = self._streams[chunk_stream_id] = _ChunkStream()
        return stream

    def _read_message_header(self, stream: _ChunkStream, form: int, data: bytes, offset: int) -> int:
        """The message header of forms 0 to 3 (5.3.1.2), and the extended time stamp behind it (5.3.1.3)."""
        fields_end = offset + _HEADER_BYTES[form]
        if len(data) < fields_end:
            return _NOT_YET
        time = int.from_bytes(data[offset : offset + 3], "big") if form < 3 else stream.delta
        extended = time == _EXTENDED if form < 3 else stream.extended
        if extended:
            # Repeated before every further chunk of the message, as Adobe, nginx and FFmpeg do.
            if len(data) < fields_end + 4:
                return _NOT_YET
            time = int.from_bytes(data[fields_end : fields_end + 4], "big")
        if form < 3 and stream.missing:
            raise MalformedChunks("a message begins before the one before it has ended")
        if form < 2:
            stream.length = int.from_bytes(data[offset + 3 : offset + 6], "big")
            stream.kind = data[offset + 6]
        if form == 0:
            stream.stream_id = int.from_bytes(data[offset + 7 : offset + 11], "little")
        if not stream.missing:
            self._begin(stream, form, time, extended=extended)
        return fields_end + 4 if extended else fields_end

    def _begin(self, stream: _ChunkStream, form: int, time: int, *, extended: bool) -> None:
        """A new message. Form 3 counts the last delta on; after form 0 that is its whole time stamp (5.3.1.2.4)."""
        if stream.length > self._max_message_bytes:
            raise MalformedChunks(f"a message of {stream.length} bytes is beyond all measure")
        stream.timestamp = time if form == 0 else (stream.timestamp + time) & 0xFFFFFFFF
        stream.delta = time
        stream.extended = extended
        stream.missing = stream.length
        self._unfinished_bytes += stream.length
        if self._unfinished_bytes > 2 * self._max_message_bytes:
            raise MalformedChunks("too many messages that do not end")

    def _take(self, stream: _ChunkStream, part: bytes) -> None:
        stream.body += part
        stream.missing -= len(part)

    def _complete(self, stream: _ChunkStream, last_part: bytes) -> tuple[Message, ...]:
        self._unfinished_bytes -= stream.length
        stream.missing = 0
        body = last_part
        if stream.body:
            stream.body += last_part
            body = bytes(stream.body)
            stream.body = bytearray()
        if stream.kind not in (SET_CHUNK_SIZE, ABORT):
            return (Message(stream.kind, stream.stream_id, stream.timestamp, body),)
        self._obey(stream.kind, body)
        return ()

    def _obey(self, kind: int, body: bytes) -> None:
        if len(body) < 4:
            raise MalformedChunks("a protocol control message is too short")
        number = int.from_bytes(body[:4], "big")
        if kind == SET_CHUNK_SIZE:
            if not 1 <= number < 1 << 31:
                raise MalformedChunks(f"chunks of {number} bytes cannot be")
            self._chunk_bytes = min(number, _MAX_CHUNK_BYTES)
        elif (aborted := self._streams.get(number)) is not None:
            self._unfinished_bytes -= aborted.length if aborted.missing else 0
            aborted.missing = 0
            aborted.body = bytearray()


def write_message(message: Message, *, chunk_stream_id: int, chunk_bytes: int = DEFAULT_CHUNK_BYTES) -> bytes:
    """The message in chunks: one header of form 0, then form 3 (5.3.1.2). Raises ValueError for impossible numbers."""
    if len(message.body) > 0xFFFFFF or chunk_bytes < 1:
        raise ValueError(f"{len(message.body)} bytes in chunks of {chunk_bytes} cannot be written")
    timestamp = message.timestamp & 0xFFFFFFFF
    extended = struct.pack(">I", timestamp) if timestamp >= _EXTENDED else b""
    header = (
        min(timestamp, _EXTENDED).to_bytes(3, "big")
        + len(message.body).to_bytes(3, "big")
        + bytes([message.kind])
        + message.stream_id.to_bytes(4, "little")
    )
    parts = [_basic_header(0, chunk_stream_id), header, extended, message.body[:chunk_bytes]]
    for offset in range(chunk_bytes, len(message.body), chunk_bytes):
        parts += [_basic_header(3, chunk_stream_id), extended, message.body[offset : offset + chunk_bytes]]
    return b"".join(parts)


def _basic_header(form: int, chunk_stream_id: int) -> bytes:
    """Form and chunk stream id in one, two or three bytes (5.3.1.1)."""
    if 2 <= chunk_stream_id < 64:
        return bytes([form << 6 | chunk_stream_id])
    if 64 <= chunk_stream_id < 320:
        return bytes([form << 6, chunk_stream_id - 64])
    if 320 <= chunk_stream_id < 65600:
        return bytes([form << 6 | 1]) + (chunk_stream_id - 64).to_bytes(2, "little")
    raise ValueError(f"there is no chunk stream {chunk_stream_id}")
