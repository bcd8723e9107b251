"""Many simulated cameras in one process: `python -m bench.publishers <plan.json>`; SIGTERM ends it with a report.

One process, because an encoder each would use up the machine before VMS does (measured: FFmpeg 0.51 CPU-seconds per
camera and minute and 23 MB each).
"""

from __future__ import annotations

import asyncio
import heapq
import json
import signal
import sys
import time
from asyncio import BaseTransport, Protocol, Transport
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import cast

import uvloop

from bench import rtmp
from bench.clip import GROUP_FRAMES, GROUPS, TICK_MS, Clip, load

_IDLE_SECONDS = 0.002
_PATIENCE_SECONDS = 60
_HANDSHAKE_ANSWER_BYTES = 1 + 2 * rtmp.HANDSHAKE_BYTES


@dataclass(frozen=True, slots=True)
class Plan:
    """Whom to be. `clip`: none to be admitted and then say nothing. `pause_ms`: between one camera's start and the next."""

    host: str
    port: int
    application: str
    streams: list[str]
    clip: str
    pause_ms: float
    report: str


@dataclass(slots=True)
class Fate:
    """What became of one camera. Group 0 is the first of the clip; `sent_ticks` counts frames of video."""

    stream: str
    admitted: bool = False
    admission_ms: float = 0.0
    refused_with: str = ""
    first_group: int = 0
    sent_ticks: int = 0
    lost: bool = False
    began_at: float = 0.0
    most_waiting_bytes: int = 0


class Camera(Protocol):
    """One connection, from the handshake to the last frame."""

    def __init__(self, fate: Fate, plan: Plan, clip: Clip | None) -> None:
        self.fate = fate
        self.is_leaving = False
        self.settled: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._plan = plan
        self._clip = clip
        self._reader = rtmp.ChunkReader()
        self._greeting: bytearray | None = bytearray()
        self._asked_at = 0.0
        self.transport: Transport | None = None

    def connection_made(self, transport: BaseTransport) -> None:
        """Greet with C0 and C1."""
        self.transport = cast(Transport, transport)
        self.transport.write(b"\x03" + bytes(rtmp.HANDSHAKE_BYTES))

    def data_received(self, data: bytes) -> None:
        """The server's handshake, then its messages."""
        if self._greeting is None:
            self._take(data)
            return
        self._greeting += data
        if len(self._greeting) >= _HANDSHAKE_ANSWER_BYTES:
            whole, self._greeting = bytes(self._greeting), None
            address = f"rtmp://{self._plan.host}:{self._plan.port}/{self._plan.application}"
            self._write(whole[1 : 1 + rtmp.HANDSHAKE_BYTES] + rtmp.opening(self._plan.application, address))
            self._take(whole[_HANDSHAKE_ANSWER_BYTES:])

    def connection_lost(self, exc: Exception | None) -> None:
        """Refused, or dropped in the middle."""
        self.fate.lost = not self.is_leaving
        self._settle("the connection was closed")

    def tick(self, number: int) -> None:
        """Send a frame of video, with its sound."""
        if self.transport is None or self._clip is None or self.fate.lost:
            return
        place = (self.fate.first_group * GROUP_FRAMES + number) % len(self._clip.ticks)
        self.transport.write(self._clip.ticks[place])
        self.fate.sent_ticks = number + 1
        self.fate.most_waiting_bytes = max(self.fate.most_waiting_bytes, self.transport.get_write_buffer_size())

    def leave(self) -> None:
        """Close the connection once all has been sent."""
        self.is_leaving = True
        if self.transport is not None:
            self.transport.close()

    def _take(self, data: bytes) -> None:
        for kind, payload in self._reader.feed(data):
            if kind == rtmp.USER_CONTROL and payload[:2] == rtmp.PING_REQUEST.to_bytes(2):
                self._write(rtmp.ping_response(payload))
            elif kind == rtmp.COMMAND:
                self._obey(payload)

    def _obey(self, command: bytes) -> None:
        if b"_result" in command[:12] and command[10:19] == b"\x00\x40" + bytes(7):
            self._asked_at = time.perf_counter()
            self._write(rtmp.publish(self.fate.stream))
        elif b"NetStream.Publish.Start" in command:
            self.fate.admitted = True
            self._settle("")
            if self._clip is not None:
                self._write(self._clip.opening)
        elif b"NetStream.Publish.BadName" in command or b"_error" in command[:12]:
            self._settle("refused")

    def _settle(self, refused_with: str) -> None:
        if not self.settled.done():
            self.fate.refused_with = refused_with
            self.fate.admission_ms = 1000 * (time.perf_counter() - self._asked_at) if self._asked_at else 0.0
            self.settled.set_result(None)

    def _write(self, data: bytes) -> None:
        if self.transport is not None:
            self.transport.write(data)


async def publish(plan: Plan, fates: Sequence[Fate], stop: asyncio.Event) -> None:
    """Connect every camera, then send each one's frames at its own pace until told to stop."""
    clip = load(Path(plan.clip)) if plan.clip else None
    loop = asyncio.get_running_loop()
    cameras = [Camera(fate, plan, clip) for fate in fates]
    sender = asyncio.create_task(_send(cameras, stop))
    connecting = []
    for camera in cameras:
        connecting.append(loop.create_task(_connect(camera, plan)))
        await asyncio.sleep(plan.pause_ms / 1000)
    await asyncio.gather(*connecting)
    print("settled", flush=True)
    await stop.wait()
    await sender
    for camera in cameras:
        camera.leave()
    await asyncio.sleep(0.5)


async def _connect(camera: Camera, plan: Plan) -> None:
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            await loop.create_connection(lambda: camera, plan.host, plan.port)
            await camera.settled
    except (OSError, TimeoutError) as error:
        camera.fate.refused_with = camera.fate.refused_with or type(error).__name__


async def _send(cameras: Sequence[Camera], stop: asyncio.Event) -> None:
    """Each admitted camera's ticks when they are due; late ones are caught up with, none is left out."""
    waiting = list(cameras)
    due: list[tuple[float, int, int]] = []
    while not stop.is_set():
        now = time.monotonic()
        for camera in [one for one in waiting if one.settled.done()]:
            waiting.remove(camera)
            if camera.fate.admitted:
                camera.fate.began_at = time.time()
                heapq.heappush(due, (now, 0, cameras.index(camera)))
        while due and due[0][0] <= now:
            at, number, which = due[0]
            cameras[which].tick(number)
            heapq.heapreplace(due, (at + TICK_MS / 1000, number + 1, which))
        await asyncio.sleep(_IDLE_SECONDS)


async def _main(plan: Plan) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    fates = [Fate(stream, first_group=place % GROUPS) for place, stream in enumerate(plan.streams)]
    await publish(plan, fates, stop)
    Path(plan.report).write_text(json.dumps([asdict(fate) for fate in fates]))


if __name__ == "__main__":
    uvloop.run(_main(Plan(**json.loads(Path(sys.argv[1]).read_text()))))
