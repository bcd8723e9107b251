"""A client that plays one stream (specification 7.2): bytes in, messages of media out, and bytes to send back."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from streaming.rtmp import amf0
from streaming.rtmp.aggregate import split_aggregate
from streaming.rtmp.chunk_stream import (
    ACKNOWLEDGEMENT,
    AGGREGATE,
    AUDIO,
    COMMAND,
    CONTROL_CHUNK_STREAM,
    DATA,
    PEER_BANDWIDTH,
    USER_CONTROL,
    VIDEO,
    WINDOW_SIZE,
    ChunkReader,
    Message,
    write_message,
)
from streaming.rtmp.errors import RtmpError
from streaming.rtmp.handshake import ClientHandshake

_COMMAND_CHUNK_STREAM = 3
_MEDIA = frozenset({AUDIO, VIDEO, DATA})
_STREAM_EOF, _PING_REQUEST, _PING_RESPONSE = 1, 6, 7  # 7.1.7
_CONNECT, _CREATE_STREAM = 1, 2  # transaction ids
_LIVE_ONLY = -1  # 7.2.2.1, Start
_ORDERLY_CODES = {
    "NetStream.Play.UnpublishNotify": "the publish has ended",
    "NetStream.Play.Stop": "the server has stopped playing",
    "NetStream.Play.Complete": "the stream has been played to its end",
}
_FAILURE_CODES = {"NetStream.Play.StreamNotFound": "nobody publishes this stream"}


@dataclass(frozen=True, slots=True)
class End:
    """Why nothing will come any more. `orderly`: the stream is over, nothing went wrong."""

    words: str
    orderly: bool


class Player:
    """Give it what arrives; send what `take_output` returns, first of all before anything has arrived.

    `end` is set once the server has said that nothing will come any more. After an RtmpError the player is spent.
    """

    def __init__(self, *, application: str, stream: str, server_url: str) -> None:
        self._application = application
        self._stream = stream
        self._server_url = server_url
        self._handshake: ClientHandshake | None = ClientHandshake()
        self._reader = ChunkReader()
        self._output = self._handshake.opening
        self._received_bytes = 0
        self._acknowledged_bytes = 0
        self._window_bytes = 0
        self.end: End | None = None

    def take_output(self) -> bytes:
        """What has to be sent now; it is given once."""
        output, self._output = self._output, b""
        return output

    def feed(self, data: bytes) -> list[Message]:
        """Audio, video and data messages that `data` completes. Raises RtmpError."""
        if self._handshake is not None:
            data = self._shake_hands(self._handshake, data)
        messages = self._reader.feed(data)
        self._acknowledge(len(data))
        media: list[Message] = []
        for message in messages:
            if message.kind in _MEDIA:
                media.append(message)
            elif message.kind == AGGREGATE:
                media += (part for part in split_aggregate(message) if part.kind in _MEDIA)
            else:
                self._handle(message)
                if self.end is not None:
                    break
        return media

    def _shake_hands(self, handshake: ClientHandshake, data: bytes) -> bytes:
        reply = handshake.feed(data)
        if reply is None:
            return b""
        self._handshake = None
        self._output += reply
        features = {"app": self._application, "tcUrl": self._server_url, "flashVer": "LNX 9,0,124,2"}
        self._command("connect", _CONNECT, {**features, "fpad": False, "capabilities": 15, "objectEncoding": 0})
        return handshake.rest

    def _acknowledge(self, count: int) -> None:
        """Tell the server what has arrived (5.4.3), by half of what it can wait for."""
        self._received_bytes += count
        if self._window_bytes and 2 * (self._received_bytes - self._acknowledged_bytes) >= self._window_bytes:
            self._acknowledged_bytes = self._received_bytes
            self._control(ACKNOWLEDGEMENT, struct.pack(">I", self._received_bytes & 0xFFFFFFFF))

    def _handle(self, message: Message) -> None:
        if message.kind == COMMAND:
            self._handle_command(amf0.decode(message.body))
        elif message.kind == USER_CONTROL:
            self._handle_user_control(message.body)
        elif message.kind == WINDOW_SIZE:
            self._window_bytes = _number(message.body)
        elif message.kind == PEER_BANDWIDTH:
            self._control(WINDOW_SIZE, struct.pack(">I", _number(message.body)))

    def _handle_user_control(self, body: bytes) -> None:
        event = int.from_bytes(body[:2], "big")
        if event == _PING_REQUEST:
            self._control(USER_CONTROL, struct.pack(">H", _PING_RESPONSE) + body[2:6])
        elif event == _STREAM_EOF:
            self.end = End("the publish has ended", orderly=True)

    def _handle_command(self, values: list[amf0.Value]) -> None:
        name, transaction = values[0] if values else None, values[1] if len(values) > 1 else None
        if name == "_result" and transaction == _CONNECT:
            self._command("createStream", _CREATE_STREAM, None)
        elif name == "_result" and transaction == _CREATE_STREAM:
            self._play(values[3] if len(values) > 3 else None)
        elif name == "_error":
            self.end = End(f"the server refused: {_description(values)}", orderly=False)
        elif name == "onStatus":
            self._handle_status(values)

    def _play(self, stream_id: amf0.Value) -> None:
        if not isinstance(stream_id, float) or not 0 <= stream_id < 1 << 32:
            raise RtmpError("the server made a stream without a number")
        self._command("play", 0, None, self._stream, _LIVE_ONLY, stream_id=int(stream_id))

    def _handle_status(self, values: list[amf0.Value]) -> None:
        status = values[3] if len(values) > 3 else None
        if not isinstance(status, dict):
            raise RtmpError("the server sent a status without words")
        code = str(status.get("code", ""))
        if code in _ORDERLY_CODES:
            self.end = End(_ORDERLY_CODES[code], orderly=True)
        elif status.get("level") == "error":
            self.end = End(_FAILURE_CODES.get(code, f"the server reports {_description(values)}"), orderly=False)

    def _command(self, *values: amf0.Value, stream_id: int = 0) -> None:
        message = Message(COMMAND, stream_id, 0, amf0.encode(*values))
        self._output += write_message(message, chunk_stream_id=_COMMAND_CHUNK_STREAM)

    def _control(self, kind: int, body: bytes) -> None:
        self._output += write_message(Message(kind, 0, 0, body), chunk_stream_id=CONTROL_CHUNK_STREAM)


def _number(body: bytes) -> int:
    if len(body) < 4:
        raise RtmpError("a protocol control message is too short")
    return int.from_bytes(body[:4], "big")


def _description(values: list[amf0.Value]) -> str:
    status = values[3] if len(values) > 3 else None
    if not isinstance(status, dict):
        return "no reason given"
    return str(status.get("description") or status.get("code") or "no reason given")[:200]
