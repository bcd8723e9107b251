"""Measured lines: kept as JSON, printed for people, with the goal beside the value."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from bench import machine


@dataclass(frozen=True, slots=True)
class Goal:
    """A measured value and its limit, in one unit."""

    what: str
    value: float
    limit: float
    unit: str = ""
    sense: Literal["at most", "at least"] = "at most"

    @property
    def is_met(self) -> bool:
        return self.value <= self.limit if self.sense == "at most" else self.value >= self.limit

    def __str__(self) -> str:
        verdict = "met" if self.is_met else "MISSED"
        return f"{self.what}: {self.value:g} {self.unit} ({self.sense} {self.limit:g}): {verdict}".replace("  ", " ")


@dataclass(slots=True)
class Report:
    """The lines of one subject's run. Each is kept as soon as it is measured, so that an interrupted run loses none."""

    subject: str
    folder: Path
    command: str = field(default_factory=lambda: f"python -m bench {shlex.join(sys.argv[1:])}")
    lines: list[dict[str, Any]] = field(default_factory=list)

    def add(self, case: str, measured: dict[str, Any], goals: Iterable[Goal] = ()) -> None:
        """Keep and print what was measured of one case."""
        held = [{**asdict(goal), "is_met": goal.is_met} for goal in goals]
        self.lines.append({"subject": self.subject, "case": case, "measured": measured, "goals": held})
        print(f"  {case}: {json.dumps(measured)}", flush=True)
        for goal in held:
            print(
                f"    {Goal(**{name: goal[name] for name in ('what', 'value', 'limit', 'unit', 'sense')})}", flush=True
            )
        self._write()

    def _write(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        head = {"subject": self.subject, "command": self.command, "machine": machine.facts()}
        text = "".join(f"{json.dumps(line)}\n" for line in [head, *self.lines])
        (self.folder / f"{self.subject}.jsonl").write_text(text)


@dataclass(frozen=True, slots=True)
class Kept:
    """A subject's run as it was written."""

    command: str
    machine: dict[str, Any]
    lines: list[dict[str, Any]]

    def case(self, name: str) -> dict[str, Any] | None:
        """The measured values of a case; None when it was not run."""
        return next((line["measured"] for line in self.lines if line["case"] == name), None)


def read(path: Path) -> Kept:
    """What was written by `Report`. Raises OSError."""
    head, *lines = [json.loads(line) for line in path.read_text().splitlines()]
    return Kept(head["command"], head["machine"], lines)
