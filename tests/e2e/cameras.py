"""Encoders: FFmpeg publishing a small test picture."""

import os
import signal
import subprocess
import threading
from dataclasses import replace
from tempfile import TemporaryFile

from streaming.ffmpeg.commands import Picture, publish_picture_command

SMALL = Picture(width=320, height=180, frames_per_second=15, bits_per_second=300_000, shows_clock=True)


def small(argv: list[str]) -> list[str]:
    """The printed FFmpeg line with a smaller picture and the burnt-in clock, so that a test can read the time in it."""
    url = argv[-1]
    return publish_picture_command("ffmpeg", url, picture=SMALL)


class Encoder:
    """One FFmpeg that publishes until it is stopped or refused."""

    def __init__(self, url: str, *, source: str = "testsrc2", argv: list[str] | None = None) -> None:
        command = argv or publish_picture_command("ffmpeg", url, picture=replace(SMALL, source=source))
        self._said = TemporaryFile()  # noqa: SIM115  (lives as long as the process)
        self._process = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", "--", *command], stderr=self._said)

    @property
    def runs(self) -> bool:
        """Whether it still publishes, as far as it knows."""
        return self._process.poll() is None

    @property
    def said(self) -> str:
        """FFmpeg's messages."""
        self._said.seek(0)
        return self._said.read().decode(errors="replace")

    def ended(self, seconds: float = 15) -> int:
        """Wait until it has ended by itself; its exit code."""
        return self._process.wait(seconds)

    def stop(self) -> None:
        """End it politely, as a camera that is switched off by its own web page."""
        if self.runs:
            self._process.send_signal(signal.SIGCONT)
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self.kill()

    def close(self) -> None:
        """End it, and forget what it said."""
        self.stop()
        self._said.close()

    def freeze(self) -> None:
        """Stop sending without closing the connection."""
        os.kill(self._process.pid, signal.SIGSTOP)

    def kill(self) -> None:
        """End it without a word."""
        self._process.kill()
        self._process.wait()


class StubbornCamera:
    """Publishes, and begins again a second after whatever ended it, as cameras do."""

    def __init__(self, url: str, *, argv: list[str] | None = None) -> None:
        self._url = url
        self._argv = argv
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._publish, daemon=True)
        self._thread.start()

    def _publish(self) -> None:
        while not self._over.is_set():
            encoder = Encoder(self._url, argv=self._argv)
            while encoder.runs and not self._over.wait(0.1):
                pass
            encoder.close()
            self._over.wait(1)

    def close(self) -> None:
        """Switch it off."""
        self._over.set()
        self._thread.join(20)
