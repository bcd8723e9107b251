"""Publishing over RTMP: the talk before the first frame, the frames as bytes, the talk after the last one."""

import asyncio
from collections.abc import Sequence
from functools import lru_cache
from urllib.parse import urlsplit

from compose.local.flv import DATA, VIDEO, Tag
from streaming.rtmp import amf0
from streaming.rtmp.chunk_stream import COMMAND, SET_CHUNK_SIZE, ChunkReader, Message, write_message
from streaming.rtmp.handshake import ClientHandshake

# What nginx-rtmp sends with, and many encoders too.
CHUNK_BYTES = 4096

_CONTROL, _COMMANDS, _MEDIA = 2, 3, 4
_STREAM = 1
_EXTENDED_TIMESTAMP = 0xFFFFFF
_READ_BYTES = 65536
_SET_DATA_FRAME = amf0.encode("@setDataFrame")


class PublishFailed(Exception):
    """The node did not take the publish, or ended it; the text says what it said."""


class PublishRefused(PublishFailed):
    """It never began."""


class PublishDropped(PublishFailed):
    """It began, and the node ended it."""


class NodeConnection:
    """The connection of one camera; `writer` is for the media."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.writer = writer
        self._chunks = ChunkReader()
        self._said: list[list[amf0.Value]] = []

    async def handshake(self) -> None:
        """Raises PublishRefused when the node leaves, RtmpError when it is no RTMP server."""
        handshake = ClientHandshake()
        self.writer.write(handshake.opening)
        while (answer := handshake.feed(await self._read())) is None:
            pass
        self.writer.write(answer)
        self._take(handshake.rest)

    async def begin(self, application: str, stream: str, tc_url: str) -> None:
        """Connect, make a stream, publish on it. Raises PublishRefused with the node's words."""
        facts: amf0.Value = {"app": application, "type": "nonprivate", "flashVer": "FMLE/3.0", "tcUrl": tc_url}
        chunk_size = Message(SET_CHUNK_SIZE, 0, 0, CHUNK_BYTES.to_bytes(4))
        self.writer.write(write_message(chunk_size, chunk_stream_id=_CONTROL))
        self._command("connect", 1, facts)
        await self._answer_to(1)
        self._command("createStream", 2, None)
        await self._answer_to(2)
        self._command("publish", 3, None, stream, "live", stream_id=_STREAM)
        await self._status()

    def leave(self) -> None:
        """End the publish as an encoder does that is switched off by its own button."""
        self._command("deleteStream", 4, None, float(_STREAM))

    async def until_the_node_leaves(self) -> str:
        """What it said at last."""
        try:
            while True:
                self._take(await self._read())
        except PublishRefused:
            return "; ".join(filter(None, map(_description, self._said))) or "the node closed the connection"

    async def _answer_to(self, transaction: int) -> None:
        while True:
            for said in await self._heard():
                if said[:2] == ["_result", transaction]:
                    return
                if said[0] == "_error":
                    raise PublishRefused(_description(said))

    async def _status(self) -> None:
        while True:
            for said in await self._heard():
                if said[0] != "onStatus":
                    continue
                if "NetStream.Publish.Start" in _description(said):
                    return
                raise PublishRefused(_description(said))

    async def _heard(self) -> list[list[amf0.Value]]:
        if not self._said:
            self._take(await self._read())
        said, self._said = self._said, []
        return said

    async def _read(self) -> bytes:
        try:
            data = await self._reader.read(_READ_BYTES)
        except ConnectionError as error:
            raise PublishRefused(f"the connection broke: {error}") from error
        if not data:
            raise PublishRefused("the node closed the connection")
        return data

    def _take(self, data: bytes) -> None:
        self._said += [amf0.decode(one.body) for one in self._chunks.feed(data) if one.kind == COMMAND]

    def _command(self, *values: amf0.Value, stream_id: int = 0) -> None:
        message = Message(COMMAND, stream_id, 0, amf0.encode(*values))
        self.writer.write(write_message(message, chunk_stream_id=_COMMANDS, chunk_bytes=CHUNK_BYTES))


async def open_publish(url: str) -> NodeConnection:
    """Connect to rtmp://host:port/application/stream?key=… and begin to publish. Raises PublishRefused, OSError."""
    parts = urlsplit(url)
    application, _, stream = parts.path.strip("/").partition("/")
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port or 1935)
    connection = NodeConnection(reader, writer)
    try:
        await connection.handshake()
        name = f"{stream}?{parts.query}" if parts.query else stream
        await connection.begin(application, name, f"rtmp://{parts.netloc}/{application}")
    except BaseException:
        writer.close()
        raise
    return connection


def wire_of(tag: Tag, timestamp_ms: int) -> bytes:
    """The tag as it travels, stamped with this time."""
    if timestamp_ms >= _EXTENDED_TIMESTAMP:
        return _written(tag, timestamp_ms)
    wire = _wire_at_zero(tag)
    return wire[:1] + timestamp_ms.to_bytes(3) + wire[4:]


@lru_cache(maxsize=8192)
def _wire_at_zero(tag: Tag) -> bytes:
    return _written(tag, 0)


def _written(tag: Tag, timestamp_ms: int) -> bytes:
    body = _SET_DATA_FRAME + tag.body if tag.kind == DATA else tag.body
    chunk_stream_id = _MEDIA + (tag.kind == VIDEO)
    return write_message(
        Message(tag.kind, _STREAM, timestamp_ms, body), chunk_stream_id=chunk_stream_id, chunk_bytes=CHUNK_BYTES
    )


def _description(said: Sequence[amf0.Value]) -> str:
    """Code and words of an answer."""
    facts = next((value for value in said if isinstance(value, dict) and "code" in value), {})
    return f"{facts.get('code', '')} {facts.get('description', '')}".strip()
