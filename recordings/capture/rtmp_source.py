"""A source that plays a stream from the media node itself, without a process for each camera."""

from __future__ import annotations

import select
import socket
import time
from collections import deque
from contextlib import suppress

from recordings.capture.boxes import MalformedStream
from recordings.capture.flv_media import UnknownMedia
from recordings.capture.movie import Piece
from recordings.capture.packaging import Packager
from streaming.rtmp.chunk_stream import VIDEO
from streaming.rtmp.errors import RtmpError
from streaming.rtmp.player import Player

_CONNECT_SECONDS = 5.0
# Both together hold what a camera sends in many pauses: nginx-rtmp drops pictures when its own queue is full.
_KERNEL_BUFFER_BYTES = 1 << 20
_BUFFER_BYTES = 1 << 17
_MOST_READS_AT_ONCE = 64
_NO_PICTURE_SECONDS = 30.0


class RtmpSource:
    """Plays `rtmp://host:port/application/stream` and gives fragmented MP4, in whole boxes: an init segment, or one
    fragment.

    What arrives is left in the kernel for `pause_seconds` and then taken at once, by all sources of the process at the
    same ticks of the clock: with hundreds of cameras it is waking up with cold caches that costs, not the bytes
    (measured: 0.9 against 1.5 ms of CPU per camera and second). Without media for `silence_seconds` it ends by itself.

    `read` raises UnknownMedia for codecs that only FFmpeg can keep, and MalformedStream for bytes that make no sense;
    both after everything that came before has been read. One thread at a time may use a source.
    """

    name = "the RTMP player"

    def __init__(
        self,
        host: str,
        port: int,
        *,
        application: str,
        stream: str,
        pause_seconds: float = 0.4,
        silence_seconds: float = 15.0,
    ) -> None:
        server_url = f"rtmp://{host}:{port}/{application}"
        self._address = (host, port)
        self._player = Player(application=application, stream=stream, server_url=server_url)
        self._packager = Packager()
        self._pause_seconds = pause_seconds
        self._silence_seconds = silence_seconds
        self._socket: socket.socket | None = None
        self._buffer = memoryview(bytearray(_BUFFER_BYTES))
        self._unread: deque[Piece] = deque()
        self._words: list[str] = []
        self._failure: MalformedStream | None = None
        self._exit_code: int | None = None
        self._has_given = False
        self._plays = False
        self._media_at = self._picture_at = 0.0
        self.new_init_reason = ""

    name = "the stream"
    must_begin_again = ""

    def start(self) -> None:
        """Connect. Raises OSError when nobody listens."""
        if self._socket is not None or self._exit_code is not None:
            raise RuntimeError("a source is started once")
        connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _KERNEL_BUFFER_BYTES)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.settimeout(_CONNECT_SECONDS)
            connection.connect(self._address)
            connection.sendall(self._player.take_output())
            connection.setblocking(False)
        except OSError:
            connection.close()
            raise
        self._socket = connection
        self._media_at = self._picture_at = time.monotonic()

    def read(self, timeout_seconds: float) -> bytes | None:
        """An init segment or a fragment; None when none came in time, or will before the next tick; b"" at the end.

        `new_init_reason` is why the init segment that was read last had to follow another, in plain words.
        """
        remaining_seconds = timeout_seconds
        deadline = time.monotonic() + timeout_seconds
        while not self._unread:
            if self._exit_code is not None:
                return self._end_or_raise()
            if remaining_seconds <= 0:
                return None
            self._receive(remaining_seconds)
            remaining_seconds = deadline - time.monotonic()
            if self._plays and remaining_seconds < self._until_tick_seconds():
                remaining_seconds = 0.0  # not worth waking up for: more is taken at the next tick
        piece = self._unread.popleft()
        if piece.init_reason:
            self.new_init_reason = piece.init_reason
        return piece.data

    def stop(self) -> None:
        """Take what has arrived, close the connection, and make a last fragment of it."""
        if self._socket is not None:
            self._drain(self._socket)
            self._finish("stopped", exit_code=0)

    @property
    def exit_code(self) -> int | None:
        """None while it plays; 0 after an end in order, by the server or `stop`; else 1."""
        return self._exit_code

    @property
    def last_stderr_lines(self) -> list[str]:
        """Why it ended, in plain words."""
        return [*self._words]

    def _end_or_raise(self) -> bytes:
        if self._failure is not None:
            raise self._failure
        return b""

    def _receive(self, timeout_seconds: float) -> None:
        """Wait a little, then take all there is."""
        connection = self._socket
        if connection is None:
            raise RuntimeError("the source has not been started")
        if self._plays:
            time.sleep(min(self._until_tick_seconds(), timeout_seconds))
        else:
            poll = select.poll()
            poll.register(connection.fileno(), select.POLLIN)
            poll.poll(timeout_seconds * 1000)
        self._drain(connection)
        self._look_at_the_clock()

    def _until_tick_seconds(self) -> float:
        return self._pause_seconds - time.monotonic() % self._pause_seconds

    def _drain(self, connection: socket.socket) -> None:
        for _ in range(_MOST_READS_AT_ONCE):
            try:
                count = connection.recv_into(self._buffer)
            except BlockingIOError:
                return
            except OSError as error:
                self._finish(f"the connection broke: {error}", exit_code=1)
                return
            if count == 0:
                self._finish("the server closed the connection", exit_code=1)
                return
            self._take(connection, self._buffer[:count].tobytes())
            if count < _BUFFER_BYTES or self._exit_code is not None:
                return

    def _take(self, connection: socket.socket, data: bytes) -> None:
        now = time.monotonic()
        try:
            messages = self._player.feed(data)
            if messages:
                self._plays = True
                self._media_at = now
                if any(message.kind == VIDEO for message in messages):
                    self._picture_at = now
                self._unread += self._packager.feed(messages, now)
                self._has_given = self._has_given or bool(self._unread)
            self._send(connection)
        except RtmpError as error:
            self._fail(MalformedStream(str(error)))
        except MalformedStream as error:
            self._fail(error)
        else:
            if self._player.end is not None:
                self._finish(self._player.end.words, exit_code=0 if self._player.end.orderly else 1)

    def _send(self, connection: socket.socket) -> None:
        """A few bytes now and then. Where even they find no room, the connection is dead and its end will be seen."""
        output = self._player.take_output()
        if output:
            with suppress(OSError):
                connection.sendall(output)

    def _look_at_the_clock(self) -> None:
        now = time.monotonic()
        if self._exit_code is not None:
            return
        if now - self._media_at > self._silence_seconds:
            self._finish(f"nothing came for {now - self._media_at:.0f} s", exit_code=1)
        elif now - self._picture_at > max(_NO_PICTURE_SECONDS, self._silence_seconds):
            self._finish(f"no picture came for {now - self._picture_at:.0f} s", exit_code=1)

    def _fail(self, failure: MalformedStream) -> None:
        """Keep what was in order, but begin no file for the sake of a few pictures that FFmpeg will keep."""
        self._failure = failure
        if isinstance(failure, UnknownMedia) and not self._has_given:
            self._packager = Packager()
        self._finish(str(failure), exit_code=1)

    def _finish(self, words: str, *, exit_code: int) -> None:
        if self._exit_code is None:
            self._words.append(words)
            self._exit_code = exit_code
            self._unread += self._packager.finish()
        if self._socket is not None:
            self._socket.close()
            self._socket = None
