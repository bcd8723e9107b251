"""What the numbers were measured on."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from compose.local.supervisor import CHECKOUT

_VERSIONS = {
    "ffmpeg": (["ffmpeg", "-version"], r"ffmpeg version (\S+)"),
    "nginx": (["nginx", "-v"], r"nginx/(\S+)"),
    "postgresql": (["/usr/lib/postgresql/15/bin/postgres", "--version"], r"\) (\S+)"),
    "redis": (["redis-server", "--version"], r"v=(\S+)"),
    "chromium": (["chromium", "--version"], r"Chromium (\S+)"),
}


def facts() -> dict[str, object]:
    """Cores, processor, memory, versions, date, commit."""
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": os.cpu_count(),
        "processor": _first(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text()),
        "memory_gib": round(int(_first(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text())) / 2**20, 1),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "commit": _said(["git", "-C", str(CHECKOUT), "rev-parse", "--short", "HEAD"]).strip(),
        **{name: _first(pattern, _said(command)) for name, (command, pattern) in _VERSIONS.items()},
    }


def busy_seconds() -> float:
    """CPU time that all processes of the machine have used since it was started, of all cores together."""
    fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]
    user, nice, system, _idle, _iowait, irq, softirq, _steal = map(int, fields)
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")


def _first(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    return found[1] if found else "unknown"


def _said(command: list[str]) -> str:
    try:
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return ""
    return answer.stdout + answer.stderr
