"""Cameras that do exactly what a script says: many of them on one event loop, or one from the command line.

python -m compose.local.scripted_camera rtmp://127.0.0.1:1935/ingest/CAMERA?key=KEY --script resolution-change
"""

import argparse
import asyncio
import sys
import threading
import time
from collections.abc import Iterable
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from compose.local.camera_scripts import SCRIPTS, Cue, play
from compose.local.film import open_film
from compose.local.flv import AUDIO, VIDEO
from compose.local.rtmp_publish import NodeConnection, PublishDropped, PublishFailed, open_publish, wire_of

_TOGETHER_SECONDS = 0.01
_STUCK_BYTES = 16_000_000
_GOODBYE_SECONDS = 1.0


class Publisher:
    """One camera. `publish` once; the counts may be read at any time, from any thread.

    `began_at` and `sent_at` are wall-clock seconds: when the publish was accepted, and when something was sent last.
    """

    def __init__(self, url: str, cues: Iterable[Cue]) -> None:
        self._url = url
        self._cues = iter(cues)
        self._next: Cue | None = next(self._cues, None)
        self.began_at = self.sent_at = 0.0
        self.frames_sent = self.sounds_sent = self.bytes_sent = 0

    async def publish(self) -> None:
        """Until the script is over. Raises PublishRefused, PublishDropped, OSError (no node there)."""
        connection = await open_publish(self._url)
        leaves = asyncio.create_task(connection.until_the_node_leaves())
        self._loop = asyncio.get_running_loop()
        self._over: asyncio.Future[None] = self._loop.create_future()
        self._transport = connection.writer.transport
        self._begin, self.began_at = self._loop.time(), time.time()
        try:
            self._send_due()
            await asyncio.wait((self._over, leaves), return_when=asyncio.FIRST_COMPLETED)
            if not self._over.done():
                raise PublishDropped(leaves.result())
            self._over.result()
            await _say_goodbye(connection, leaves)
        finally:
            self._over.cancel()
            leaves.cancel()
            self._transport.abort()

    def _send_due(self) -> None:
        """Send what is due now or in a moment, and come back when more is due.

        A callback and not a coroutine: two hundred cameras wake up thousands of times a second.
        """
        if self._over.done():
            return
        until = self._loop.time() - self._begin + _TOGETHER_SECONDS
        due: list[bytes] = []
        while (cue := self._next) is not None and cue.at <= until:
            due.append(wire_of(cue.tag, cue.timestamp_ms))
            self._count(cue)
            self._next = next(self._cues, None)
        if due:
            self._send(b"".join(due))
        if cue is not None:
            self._loop.call_at(self._begin + cue.at, self._send_due)
        elif not self._over.done():
            self._over.set_result(None)

    def _send(self, data: bytes) -> None:
        self._transport.write(data)
        self.bytes_sent += len(data)
        self.sent_at = time.time()
        if self._transport.get_write_buffer_size() > _STUCK_BYTES:
            self._over.set_exception(PublishDropped("the node has stopped reading"))

    def _count(self, cue: Cue) -> None:
        if cue.tag.kind == VIDEO:
            self.frames_sent += not cue.tag.is_header
        elif cue.tag.kind == AUDIO:
            self.sounds_sent += not cue.tag.is_header


async def _say_goodbye(connection: NodeConnection, leaves: asyncio.Task[str]) -> None:
    """Everything has been handed to the system; end the publish, and wait a little for the node to close."""
    connection.leave()
    with suppress(ConnectionError):
        await connection.writer.drain()
    connection.writer.write_eof()
    await asyncio.wait((leaves,), timeout=_GOODBYE_SECONDS)


class Fleet:
    """Any number of cameras on one event loop in a thread of its own: `with Fleet() as fleet: fleet.start(…)`."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="cameras", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Cameras that still publish are gone without a word."""
        asyncio.run_coroutine_threadsafe(_cancel_others(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def start(self, publisher: Publisher) -> "Future[None]":
        """Begin to publish. The future ends with the script; it has the exception when the node did not let it."""
        return asyncio.run_coroutine_threadsafe(publisher.publish(), self._loop)


async def _cancel_others() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


def main(words: list[str]) -> int:
    """Publish once, as told; the exit code is 1 when the node did not let it."""
    asked = _arguments().parse_args(words)
    film = [play(open_film(asked.film), seconds=asked.seconds)] if asked.film else []
    camera = Publisher(asked.url, film[0] if film else SCRIPTS[asked.script](asked.seconds))
    try:
        asyncio.run(camera.publish())
    except (PublishFailed, OSError) as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    finally:
        print(f"{camera.frames_sent} frames, {camera.sounds_sent} pieces of sound, {camera.bytes_sent} bytes")
    return 0


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Publishes over RTMP what a script says.")
    parser.add_argument("url", help="rtmp://host:port/ingest/CAMERA?key=KEY")
    parser.add_argument("--script", choices=sorted(SCRIPTS), default="plain")
    parser.add_argument("--film", type=Path, help="a file with H.264 to publish over and over instead")
    parser.add_argument("--seconds", type=float, default=60)
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
