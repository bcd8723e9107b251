"""`python -m bench`: a complete set in about 35 minutes, or one subject with its own words."""

from __future__ import annotations

import subprocess
import sys
from argparse import ArgumentParser
from importlib import import_module
from pathlib import Path
from types import ModuleType

from bench.under_test import WORKSHOP, end_on_signals, in_checkout

# In the order of a complete set; each runs in a process of its own, because Django is set up once in a process.
SUBJECTS = ("timeline", "lists", "limits", "segments", "storm", "browser", "peers", "capture")


def main(words: list[str]) -> int:
    """Run what was asked for; 0 when it could be measured, whether or not the goals were met."""
    in_checkout()
    end_on_signals()
    if not words or words[0].startswith("-"):
        return _complete_set(words)
    wish = _parser().parse_args(words)
    subject = import_module(f"bench.{wish.subject}")
    print(f"{wish.subject}: {(subject.__doc__ or '').splitlines()[0]}", flush=True)
    try:
        subject.run(wish)
    except KeyboardInterrupt:
        print("interrupted; everything that was started has been ended", file=sys.stderr)
        return 130
    return 0


def _complete_set(words: list[str]) -> int:
    codes = []
    for subject in SUBJECTS:
        with subprocess.Popen([sys.executable, "-m", "bench", subject, *words]) as process:
            try:
                codes.append(process.wait())
            except KeyboardInterrupt:
                process.terminate()  # and wait: it puts away what it started
                process.wait()
                return 130
    return max(codes)


def _parser() -> ArgumentParser:
    parser = ArgumentParser(prog="python -m bench", description=__doc__)
    subjects = parser.add_subparsers(dest="subject", required=True)
    for name in SUBJECTS:
        module: ModuleType = import_module(f"bench.{name}")
        one = subjects.add_parser(name, help=(module.__doc__ or "").splitlines()[0])
        one.add_argument("--results", type=Path, default=WORKSHOP / "results", help="folder for the measured lines")
        module.arguments(one)
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
