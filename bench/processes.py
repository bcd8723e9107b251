"""What processes cost: CPU time with that of their ended children, and their share of memory (PSS)."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from compose.local.stack import Stack

_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
FFMPEG = "ffmpeg"


@dataclass(frozen=True, slots=True)
class Process:
    """One line of /proc/<pid>/stat."""

    pid: int
    parent: int
    name: str
    cpu_seconds: float
    ended_children_seconds: float


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one class of processes over a window."""

    cpu_percent: float
    memory_mb: float
    processes: int


@dataclass(frozen=True, slots=True)
class _Sum:
    cpu_seconds: float
    pids: tuple[int, ...]


class Meter:
    """Measures classes of processes between `start` and `stop`. A class is the trees below its roots.

    FFmpeg processes count as a class of their own, wherever they hang, and so do their parents' ended children.
    """

    def __init__(self, roots: Mapping[str, list[int]]) -> None:
        self._roots = roots
        self._before: dict[str, _Sum] = {}
        self._began = 0.0

    def start(self) -> None:
        self._before, self._began = self._sums(), time.monotonic()

    def stop(self) -> dict[str, Cost]:
        """The cost of each class, CPU in percent of one core."""
        after, seconds = self._sums(), time.monotonic() - self._began
        return {
            name: Cost(
                round(100 * (now.cpu_seconds - self._before.get(name, _Sum(0.0, ())).cpu_seconds) / seconds, 2),
                round(sum(map(_pss_bytes, now.pids)) / 1e6, 1),
                len(now.pids),
            )
            for name, now in after.items()
        }

    def _sums(self) -> dict[str, _Sum]:
        processes = _all_processes()
        children: dict[int, list[int]] = defaultdict(list)
        for one in processes.values():
            children[one.parent].append(one.pid)
        cpu: dict[str, float] = defaultdict(float)
        pids: dict[str, list[int]] = defaultdict(list)
        for name, roots in self._roots.items():
            cpu[name] += 0.0
            for process in (processes[pid] for root in roots for pid in _tree(root, children) if pid in processes):
                kind = FFMPEG if process.name == FFMPEG else name
                cpu[kind] += process.cpu_seconds
                cpu[FFMPEG if name == "recorder" else kind] += process.ended_children_seconds
                pids[kind].append(process.pid)
        return {name: _Sum(seconds, tuple(pids[name])) for name, seconds in cpu.items()}


def roots_of(stack: Stack) -> dict[str, list[int]]:
    """The process of each program that runs in a stack."""
    command = [sys.executable, "-m", "supervisor.supervisorctl", "-c", str(stack.root / "run" / "supervisord.conf")]
    answer = subprocess.run([*command, "status"], env=stack.env, capture_output=True, text=True, check=False)
    return {name: [int(pid)] for name, pid in re.findall(r"^(\S+)\s+RUNNING\s+pid (\d+)", answer.stdout, re.M)}


def cpu_seconds_of(pid: int) -> float:
    """CPU time of one process so far."""
    process = _read(Path(f"/proc/{pid}"))
    return process.cpu_seconds if process else 0.0


def _tree(root: int, children: Mapping[int, list[int]]) -> list[int]:
    found = [root]
    for pid in found:
        found += children.get(pid, [])
    return found


def _all_processes() -> dict[int, Process]:
    read = (_read(entry) for entry in Path("/proc").iterdir() if entry.name.isdigit())
    return {process.pid: process for process in read if process}


def _read(entry: Path) -> Process | None:
    try:
        text = (entry / "stat").read_text()
    except OSError:
        return None
    name = text[text.index("(") + 1 : text.rindex(")")]
    fields = text[text.rindex(")") + 2 :].split()
    user, system, children_user, children_system = (int(field) / _TICKS_PER_SECOND for field in fields[11:15])
    return Process(int(entry.name), int(fields[1]), name, user + system, children_user + children_system)


def _pss_bytes(pid: int) -> int:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    found = re.search(r"^Pss:\s+(\d+) kB", text, re.M)
    return int(found[1]) * 1024 if found else 0
