"""A thousand cameras that connect at once, as when a site's power returns: are all let in, how fast, at what cost."""

from __future__ import annotations

import subprocess
import threading
import time
from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from bench.load import Load
from bench.publishers import Fate
from bench.quantiles import spread_of
from bench.results import Goal, Report
from bench.under_test import UnderTest, enrol, vms

NAME = "storm"
_LOOKED_EVERY_SECONDS = 0.05
_MOST_CONNECTIONS = 100  # PostgreSQL's own default limit


@dataclass(slots=True)
class Watched:
    """Most connections to the database that were seen at one moment."""

    most: int = 0
    looks: int = 0


def arguments(parser: ArgumentParser) -> None:
    """Its words on the command line."""
    parser.add_argument("--cameras", type=int, default=1000)
    parser.add_argument("--pause-ms", type=float, default=0.0, help="between one camera's start and the next")
    parser.add_argument("--hold-seconds", type=float, default=5, help="how long the connections stay open")


def run(wish: Namespace) -> None:
    """Without the recorder: these cameras send nothing that could be recorded. Its tasks are queued all the same."""
    report = Report(NAME, wish.results)
    with vms("web", "nginx", "worker", "beat") as under_test:
        streams = [camera.stream for camera in enrol(wish.cameras)]
        for case in (f"{wish.cameras} cameras, cold", f"{wish.cameras} cameras, again"):
            before = _sessions()
            fates, watched, took = _storm(under_test, streams, wish)
            _report(report, case, fates=fates, watched=watched, took=took, sessions=_sessions() - before)
            _wait_until_gone()


def _storm(under_test: UnderTest, streams: Sequence[str], wish: Namespace) -> tuple[list[Fate], Watched, float]:
    with (
        _connections_watched(under_test) as watched,
        Load(under_test.root / "load", port=under_test.rtmp_port, streams=streams, pause_ms=wish.pause_ms) as load,
    ):
        began = time.monotonic()
        load.wait_until_settled()
        took = time.monotonic() - began
        time.sleep(wish.hold_seconds)
        return load.end(), watched, took


def _report(report: Report, case: str, *, fates: Sequence[Fate], watched: Watched, took: float, sessions: int) -> None:
    admitted = [fate.admission_ms for fate in fates if fate.admitted]
    spread = spread_of(admitted or [float("inf")])
    measured = {
        "cameras": len(fates),
        "admitted": len(admitted),
        "sessions": sessions,
        "refused": dict(Counter(fate.refused_with for fate in fates if not fate.admitted)),
        "answer_ms": spread,
        "seconds_until_all_answered": round(took, 2),
        "most_database_connections": watched.most,
    }
    goals = [
        Goal("admitted", len(admitted), len(fates), "", "at least"),
        Goal("answer to a publish, p99", spread["p99"], 1000, "ms"),
        Goal("database connections", watched.most, _MOST_CONNECTIONS),
    ]
    report.add(case, measured, goals)


@contextmanager
def _connections_watched(under_test: UnderTest) -> Iterator[Watched]:
    """Counts the server's client processes: a question by SQL would be refused in the moment that matters."""
    watched, over = Watched(), threading.Event()

    def look() -> None:
        while not over.wait(_LOOKED_EVERY_SECONDS):
            watched.most = max(watched.most, _client_processes(under_test.database_pid))
            watched.looks += 1

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield watched
    finally:
        over.set()
        thread.join()


def _client_processes(postmaster: int) -> int:
    """`postgres: vms bench 127.0.0.1(12345) idle`."""
    listed = subprocess.run(
        ["ps", "-o", "args=", "--ppid", str(postmaster)], capture_output=True, text=True, check=False
    )
    return sum(line.startswith("postgres: vms bench ") for line in listed.stdout.splitlines())


def _sessions() -> int:
    from streaming.models import PublishSession  # noqa: PLC0415  (Django has been set up by `vms`)

    return PublishSession.objects.count()


def _wait_until_gone(seconds: float = 60) -> None:
    from streaming.models import PublishSession  # noqa: PLC0415

    deadline = time.monotonic() + seconds
    while PublishSession.objects.open_now().exists() and time.monotonic() < deadline:
        time.sleep(0.5)
