"""Where a recorder's bytes come from: a Protocol, and FFmpeg behind it."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from typing import IO, Protocol

_CHUNK_BYTES = 256 * 1024
_STDERR_LINES = 20
_NEW_AUDIO = "New audio stream"
_STDERR_LINE_CHARACTERS = 500
# The kernel kills FFmpeg when the recorder dies, even by kill -9 (prctl(2), PR_SET_PDEATHSIG). setpriv (util-linux) sets
# it between fork and exec; a preexec_fn would run Python in a fork of a process with hundreds of threads.
_DIE_WITH_PARENT = ("setpriv", "--pdeathsig", "KILL", "--")


class FragmentSource(Protocol):
    """Anything that gives the bytes of one fragmented MP4 stream."""

    def start(self) -> None: ...

    def read(self, timeout_seconds: float) -> bytes | None:
        """Some bytes; None when none came in time; b"" when none will come any more."""

    def stop(self) -> None:
        """Ask for an end. Bytes made until then can still be read. May be called at any time, more than once."""

    @property
    def name(self) -> str:
        """What reads, in the words of a cause."""

    @property
    def exit_code(self) -> int | None:
        """None while it reads; 0 after an orderly end."""

    @property
    def last_stderr_lines(self) -> list[str]:
        """What it said last, oldest first."""

    @property
    def new_init_reason(self) -> str:
        """Why the init segment that came last has followed another, in plain words."""

    @property
    def must_begin_again(self) -> str:
        """Why only a new source can read what comes now; empty when this one can."""


class FfmpegSource:
    """Runs a command that writes fragmented MP4 to its standard output.

    Call `start` on the thread that also reads: the kernel takes the end of that thread for the end of the recorder.
    One thread at a time may use a source. The process gets a group of its own, so that Ctrl-C in a terminal does not
    reach it before the recorder has decided what to do.
    """

    def __init__(self, argv: Sequence[str], *, grace_seconds: float = 5.0) -> None:
        self._argv = tuple(argv)
        self._grace_seconds = grace_seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._stdout_fd = -1
        self._stderr_fd = -1
        self._unread: deque[bytes] = deque()
        self._lines: deque[str] = deque(maxlen=_STDERR_LINES)
        self._partial_line = b""

    def start(self) -> None:
        """Raises OSError when no process can be made. A command that does not exist ends with exit code 127."""
        if self._process is not None:
            raise RuntimeError("a source is started once")
        self._process = subprocess.Popen(
            [*_DIE_WITH_PARENT, *self._argv],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            process_group=0,
        )
        self._stdout_fd = _watchable(self._process.stdout)
        self._stderr_fd = _watchable(self._process.stderr)

    def read(self, timeout_seconds: float) -> bytes | None:
        """Some bytes; None when none came in time; b"" at the end, when `exit_code` and the last lines are known too."""
        if self._process is None:
            raise RuntimeError("the source has not been started")
        deadline = time.monotonic() + timeout_seconds
        while not self._unread and self._stdout_fd >= 0:
            remaining_seconds = deadline - time.monotonic()
            self._pump(max(0.0, remaining_seconds))
            if remaining_seconds <= 0 and not self._unread and self._stdout_fd >= 0:
                return None
        if self._unread:
            return self._unread.popleft()
        self._end(self._process, ask=False)
        return b""

    def stop(self) -> None:
        """SIGTERM, so that FFmpeg writes its last fragment; SIGKILL when it is still there after the grace."""
        if self._process is not None:
            self._end(self._process, ask=True)

    name = "FFmpeg"
    new_init_reason = ""

    @property
    def must_begin_again(self) -> str:
        """FFmpeg leaves out for good what begins after it has looked at the stream, and says so."""
        return "sound began later than the picture" if any(_NEW_AUDIO in line for line in self._lines) else ""

    @property
    def exit_code(self) -> int | None:
        """None while the process runs; negative: ended by that signal."""
        return self._process.poll() if self._process else None

    @property
    def last_stderr_lines(self) -> list[str]:
        """At most the last 20 lines, oldest first."""
        lines = [*self._lines]
        if self._partial_line:
            lines.append(_readable(self._partial_line))
        return lines[-_STDERR_LINES:]

    def _end(self, process: subprocess.Popen[bytes], *, ask: bool) -> None:
        """Wait for the exit, reading on meanwhile: FFmpeg cannot leave while its pipe is full."""
        if ask:
            _signal_group(process, signal.SIGTERM)
        deadline = time.monotonic() + self._grace_seconds
        while process.poll() is None:
            if time.monotonic() >= deadline:
                _signal_group(process, signal.SIGKILL)
                process.wait()
            else:
                self._pump(0.05)
        while self._pump(0.0):
            pass
        self._close(process)

    def _pump(self, timeout_seconds: float) -> bool:
        """Take what standard output and standard error have; False when neither had anything."""
        # poll(2), because select(2) cannot watch descriptors beyond 1023 and a recorder of many cameras has them.
        poll = select.poll()
        for descriptor in (self._stdout_fd, self._stderr_fd):
            if descriptor >= 0:
                poll.register(descriptor, select.POLLIN)
        if self._stdout_fd < 0 and self._stderr_fd < 0:
            time.sleep(timeout_seconds)
            return False
        ready = [descriptor for descriptor, _event in poll.poll(timeout_seconds * 1000)]
        for descriptor in ready:
            data = _read_available(descriptor)
            if descriptor == self._stdout_fd:
                self._take_stdout(data)
            else:
                self._take_stderr(data)
        return bool(ready)

    def _take_stdout(self, data: bytes | None) -> None:
        if data:
            self._unread.append(data)
        elif data is not None:
            self._stdout_fd = -1

    def _take_stderr(self, data: bytes | None) -> None:
        if data:
            *whole, self._partial_line = re.split(rb"[\r\n]+", self._partial_line + data)
            self._partial_line = self._partial_line[-4 * _STDERR_LINE_CHARACTERS :]
            self._lines.extend(_readable(line) for line in whole if line.strip())
        elif data is not None:
            self._stderr_fd = -1

    def _close(self, process: subprocess.Popen[bytes]) -> None:
        self._stdout_fd = self._stderr_fd = -1
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()


def _watchable(pipe: IO[bytes] | None) -> int:
    if pipe is None:
        raise RuntimeError("the process was made without this pipe")
    os.set_blocking(pipe.fileno(), False)
    return pipe.fileno()


def _read_available(descriptor: int) -> bytes | None:
    """Bytes, b"" at the end, or None when another reader was faster."""
    try:
        return os.read(descriptor, _CHUNK_BYTES)
    except BlockingIOError:
        return None


def _readable(line: bytes) -> str:
    return line.decode("utf-8", "replace").strip()[:_STDERR_LINE_CHARACTERS]


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    if process.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
