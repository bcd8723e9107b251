"""The load generator as a process beside the bench, and what became of its cameras."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Self

from bench import clip
from bench.publishers import Fate, Plan
from bench.under_test import WORKSHOP
from compose.local.supervisor import CHECKOUT


def usual_clip() -> Path:
    """The footage of 2 Mbit/s, made when it is not there yet. Raises CalledProcessError."""
    path = WORKSHOP / "clip-2000.flv"
    if not path.exists():
        clip.make(path)
    return path


class Load:
    """A context in which cameras publish to an address on this machine; `end` gives their fates."""

    def __init__(
        self,
        folder: Path,
        *,
        port: int,
        streams: Sequence[str],
        application: str = "ingest",
        clip: Path | None = None,
        pause_ms: float = 20.0,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._plan = folder / "plan.json"
        self._report = folder / "report.json"
        text = str(clip) if clip else ""
        plan = Plan("127.0.0.1", port, application, list(streams), text, pause_ms, str(self._report))
        self._plan.touch(mode=0o600)
        self._plan.write_text(json.dumps(asdict(plan)))
        self._process: subprocess.Popen[str] | None = None

    @property
    def pid(self) -> int:
        return self._process.pid if self._process else 0

    def __enter__(self) -> Self:
        command = ["setpriv", "--pdeathsig", "KILL", "--", sys.executable, "-m", "bench.publishers", str(self._plan)]
        self._process = subprocess.Popen(
            command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        return self

    def wait_until_settled(self) -> None:
        """Until every camera has been admitted or refused. Raises RuntimeError when the generator ends before."""
        if self._process is None or self._process.stdout is None or not self._process.stdout.readline():
            raise RuntimeError("the load generator ended by itself")

    def end(self) -> list[Fate]:
        """Stop publishing; the cameras' fates in the order of their streams."""
        self._stop()
        return [Fate(**fate) for fate in json.loads(self._report.read_text())]

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._stop()
        self._plan.unlink(missing_ok=True)  # it holds the stream keys

    def _stop(self) -> None:
        if self._process is None or self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
