"""Starts nginx in place of itself, after ending workers that a killed nginx has left behind.

A worker outlives its master's SIGKILL and keeps the ports, so that no new nginx could start.
"""

import os
import signal
import sys
import time
from pathlib import Path


def main(run: Path) -> None:
    """Become nginx with the configuration in this folder."""
    for pid in left_behind(run / "nginx.pid"):
        print(f"ending nginx process {pid}, which a killed nginx has left behind", flush=True)
        _end(pid)
    os.execvp("nginx", ["nginx", "-c", str(run / "nginx.conf"), "-p", str(run)])  # noqa: S606  (that is its purpose)


def left_behind(pid_file: Path) -> list[int]:
    """Workers and helpers in the process group of the nginx that wrote the file, when that nginx itself has gone."""
    try:
        master = int(pid_file.read_text())
    except (FileNotFoundError, ValueError):
        return []
    if Path(f"/proc/{master}").exists():
        return []
    return [pid for pid in _processes() if _group_of(pid) == master and _command(pid).startswith("nginx: ")]


def _processes() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _group_of(pid: int) -> int:
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return 0


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(errors="replace")
    except OSError:
        return ""


def _end(pid: int) -> None:
    """Politely; after three seconds for certain."""
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + 3
    while _group_of(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    if _group_of(pid):
        os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
