"""Films without FFmpeg, and a node that says what a test wants it to say."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack

import pytest

from compose.local.film import Film, film_of_tags
from compose.local.flv import AUDIO, DATA, VIDEO, Tag
from streaming.rtmp import amf0
from streaming.rtmp.chunk_stream import COMMAND, ChunkReader, Message, write_message
from streaming.rtmp.handshake import BLOCK_BYTES

STARTED: dict[str, amf0.Value] = {"level": "status", "code": "NetStream.Publish.Start", "description": "Start"}
BAD_NAME: dict[str, amf0.Value] = {"level": "error", "code": "NetStream.Publish.BadName", "description": "publishing"}


@pytest.fixture
def film() -> Film:
    """Two seconds at 10 frames a second, a key frame each second, four pieces of sound a second."""
    frames = [
        Tag(VIDEO, 100 * number, bytes([0x17 if number % 10 == 0 else 0x27, 1, 0, 0, 0, number]))
        for number in range(20)
    ]
    sounds = [Tag(AUDIO, 250 * number, bytes([0xAF, 1, number])) for number in range(8)]
    headers = [Tag(VIDEO, 0, b"\x17\0\0\0\0parameters"), Tag(AUDIO, 0, b"\xaf\0configuration")]
    return film_of_tags([Tag(DATA, 0, amf0.encode("onMetaData", {"width": 320.0})), *headers, *frames, *sounds])


class Node:
    """Takes publishes as nginx-rtmp does, and keeps what comes."""

    def __init__(self, status: dict[str, amf0.Value], drops_after: int | None) -> None:
        self.heard: list[Message] = []
        self.url = ""
        self._status = status
        self._drops_after = drops_after

    @property
    def media(self) -> list[Message]:
        """Metadata, sound and video."""
        return [message for message in self.heard if message.kind in (AUDIO, DATA, VIDEO)]

    @property
    def commands(self) -> list[list[amf0.Value]]:
        """What the camera asked for."""
        return [amf0.decode(message.body) for message in self.heard if message.kind == COMMAND]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        opening = await reader.readexactly(1 + BLOCK_BYTES)
        writer.write(bytes([3]) + bytes(BLOCK_BYTES) + opening[1:])
        await reader.readexactly(BLOCK_BYTES)
        chunks = ChunkReader()
        while data := await reader.read(65536):
            for message in chunks.feed(data):
                self.heard.append(message)
                self._answer(message, writer)
            if self._drops_after is not None and len(self.media) >= self._drops_after:
                break
        writer.close()

    def _answer(self, message: Message, writer: asyncio.StreamWriter) -> None:
        if message.kind != COMMAND:
            return
        name, transaction, *_ = amf0.decode(message.body)
        answers: dict[amf0.Value, tuple[amf0.Value, ...]] = {
            "connect": ("_result", transaction, None, {"code": "NetConnection.Connect.Success"}),
            "createStream": ("_result", transaction, None, 1.0),
            "publish": ("onStatus", 0.0, None, self._status),
        }
        if name in answers:
            said = Message(COMMAND, 0, 0, amf0.encode(*answers[name]))
            writer.write(write_message(said, chunk_stream_id=3))


@pytest.fixture
async def make_node() -> AsyncIterator[Callable[..., object]]:
    """`await make_node()`; with `status` it answers to a publish with that, with `drops_after` it leaves."""
    async with AsyncExitStack() as stack:

        async def make(status: dict[str, amf0.Value] = STARTED, drops_after: int | None = None) -> Node:
            node = Node(status, drops_after)
            server = await stack.enter_async_context(await asyncio.start_server(node.serve, "127.0.0.1", 0))
            node.url = f"rtmp://127.0.0.1:{server.sockets[0].getsockname()[1]}/ingest/camera?key=secret"
            return node

        yield make
