"""Stands between nginx and the web process and counts the questions that reach Django."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_QUESTION = b"GET /internal/playback-authorization "


class Count:
    """How often players' authorisation was asked for."""

    def __init__(self) -> None:
        self.questions = 0

    def see(self, data: bytes) -> None:
        """Bytes of one read from nginx; a question's first line is never split, because it is short and sent at once."""
        self.questions += data.count(_QUESTION)


@contextmanager
def counting_proxy(port: int, web_port: int) -> Iterator[Count]:
    """Forward connections from one local port to another until the block is left."""
    count, loop, ready = Count(), asyncio.new_event_loop(), threading.Event()
    ended = asyncio.Event()
    thread = threading.Thread(target=loop.run_until_complete, args=(_serve(port, web_port, count, ready, ended),))
    thread.start()
    ready.wait(10)
    try:
        yield count
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join(10)


async def _serve(port: int, web_port: int, count: Count, ready: threading.Event, ended: asyncio.Event) -> None:
    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            web_reader, web_writer = await asyncio.open_connection("127.0.0.1", web_port)
            await asyncio.gather(_pump(reader, web_writer, count), _pump(web_reader, writer, None))

    server = await asyncio.start_server(forward, "127.0.0.1", port)
    ready.set()
    await ended.wait()
    server.close()
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, count: Count | None) -> None:
    with suppress(OSError, asyncio.CancelledError):
        while data := await reader.read(65536):
            if count is not None:
                count.see(data)
            writer.write(data)
            await writer.drain()
    writer.close()
