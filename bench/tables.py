"""Writes the measured tables into docs/performance.md: `python -m bench.tables`. Numbers there are never typed by hand."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from bench.results import Kept, read
from compose.local.supervisor import CHECKOUT

RESULTS = CHECKOUT / "bench" / "results"
PAGE = CHECKOUT / "docs" / "performance.md"
_MARKED = "<!-- {name} -->\n{text}<!-- end of {name} -->"
_PLACE = re.compile(r"<!-- (?P<name>[a-z-]+) -->\n.*?<!-- end of (?P=name) -->", re.S)

Row = Sequence[str]


def main() -> None:
    """Fill every marked place of the page for which there are results; other places stay as they are."""
    PAGE.write_text(filled(PAGE.read_text(), RESULTS))


def filled(page: str, results: Path) -> str:
    """The page with its marked places written anew."""

    def write(found: re.Match[str]) -> str:
        path = results / f"{found['name']}.jsonl"
        return (
            _MARKED.format(name=found["name"], text=section(found["name"], read(path))) if path.exists() else found[0]
        )

    return _PLACE.sub(write, page)


def section(name: str, kept: Kept) -> str:
    """The command, the machine, the tables and the goals of one subject's run."""
    tables = _TABLES.get(name.partition("-")[0], _plain_tables)(kept)
    return "\n\n".join([f"`{kept.command}`", _machine(kept.machine), *tables, *_goals(kept)]) + "\n"


def table(head: Row, rows: Iterable[Row]) -> str:
    """A Markdown table; numbers stand to the right of their column."""
    lines = [head, ["---", *["--:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _machine(facts: dict[str, Any]) -> str:
    return (
        f"{facts['date'][:10]}, {facts['cores']} cores ({facts['processor']}), {facts['memory_gib']} GiB, commit"
        f" {facts['commit']}; Python {facts['python']}, FFmpeg {facts['ffmpeg']}, nginx {facts['nginx']}, PostgreSQL"
        f" {facts['postgresql']}, Redis {facts['redis']}, Chromium {facts['chromium']}."
    )


def _goals(kept: Kept) -> list[str]:
    goals = [goal for line in kept.lines for goal in line["goals"] if "cpu_ms" not in line["measured"]]
    if not goals:
        return []
    rows = [
        [
            goal["what"],
            _number(goal["value"]),
            f"{goal['sense']} {_number(goal['limit'])}",
            goal["unit"],
            _verdict(goal),
        ]
        for goal in goals
    ]
    return [table(["Goal", "Measured", "Wanted", "Unit", ""], rows)]


def _verdict(goal: dict[str, Any]) -> str:
    return "met" if goal["is_met"] else "**missed**"


def _capture(kept: Kept) -> list[str]:
    ours = [line["measured"] for line in kept.lines if line["case"].endswith("cameras, VMS")]
    classes = ["nginx", "recorder", "ffmpeg", "web", "worker", "beat", "redis", "postgresql"]
    rows = [
        [
            str(one["cameras"]),
            *(_number(one["classes"].get(name, {}).get("cpu_percent", 0)) for name in classes),
            _number(one["cpu_percent"]),
            _number(one["memory_mb"]),
            _number(one["frames_missing"]),
            _number(one["fragments_missing"]),
            _number(one["others_percent"]),
        ]
        for one in ours
    ]
    head = ["Cameras", *classes, "all, % of a core", "MB", "frames missing", "fragments missing", "other work, %"]
    return [table(head, rows), *_floors(kept, [one["cameras"] for one in ours])]


def _floors(kept: Kept, counts: Sequence[int]) -> list[str]:
    rows = []
    for count in counts:
        cases = ["VMS", f"nginx-rtmp and {count} FFmpegs", "nginx-rtmp writing FLV", "ratios"]
        ours, ffmpegs, flv, ratios = (kept.case(f"{count} cameras, {case}") for case in cases)
        if ours and ffmpegs and flv and ratios:
            rows.append(
                [
                    str(count),
                    *(_number(one[what]) for what in ("cpu_percent", "memory_mb") for one in (ours, ffmpegs, flv)),
                    f"{ratios['cpu_to_ffmpegs']} ×",
                    f"{ratios['recorder_cpu_to_ffmpegs_alone']} ×",
                    f"{ratios['recorder_memory_to_ffmpegs_alone']} ×",
                ]
            )
    head = [
        "Cameras",
        "VMS, %",
        "nginx + FFmpegs, %",
        "nginx FLV, %",
        "VMS, MB",
        "nginx + FFmpegs, MB",
        "nginx FLV, MB",
    ]
    more = ["CPU to nginx + FFmpegs", "recorder's CPU to FFmpegs alone", "recorder's memory to FFmpegs alone"]
    return [table([*head, *more], rows)] if rows else []


def _times(kept: Kept) -> list[str]:
    rows = []
    for line in kept.lines:
        for unit, spread in line["measured"].items():
            if isinstance(spread, dict) and "p95" in spread:
                values = [_number(spread[name]) for name in ("count", "p50", "p95", "p99", "max")]
                rows.append([line["case"], *values, unit.removesuffix("_ms") if unit == "seconds" else "ms"])
    return [table(["Case", "times", "p50", "p95", "p99", "max", "unit"], rows)]


def _segments(kept: Kept) -> list[str]:
    rows = []
    for line in kept.lines:
        bare = kept.case(f"{line['case']}, bare nginx")
        if bare:
            rate, floor = line["measured"]["requests_per_second"], bare["requests_per_second"]
            calls = line["measured"]["django_calls"]
            rows.append([line["case"], _number(rate), _number(floor), f"{rate / floor:.2f} ×", _number(calls)])
    return [table(["Request", "VMS, per second", "bare nginx, per second", "ratio", "calls to Django"], rows)]


def _storm(kept: Kept) -> list[str]:
    names = ["cameras", "admitted", "seconds_until_all_answered", "most_database_connections"]
    rows = [[line["case"], *(_number(line["measured"][name]) for name in names)] for line in kept.lines]
    return [table(["Case", *(name.replace("_", " ") for name in names)], rows), *_times(kept)]


def _peers(kept: Kept) -> list[str]:
    names = ["cameras", "cpu_percent", "cpu_percent_per_camera", "memory_mb"]
    rows = [[line["case"], *(_number(line["measured"][name]) for name in names)] for line in kept.lines]
    return [table(["Case", "cameras", "CPU, % of a core", "for each camera", "MB"], rows)]


def _limits(kept: Kept) -> list[str]:
    rows = [
        [f"{line['case']}: {name.replace('_', ' ')}", _number(value)]
        for line in kept.lines
        for name, value in line["measured"].items()
    ]
    return [table(["Case", ""], rows)]


def _lists(kept: Kept) -> list[str]:
    """Goals stand in the row: there are too many for a table of their own. Of the other cases what was measured."""
    lists = [line for line in kept.lines if "cpu_ms" in line["measured"]]
    rows = [
        [
            line["case"],
            *(_number(line["measured"]["ms"][quantile]) for quantile in ("p50", "p95")),
            *(_number(line["measured"][name]) for name in ("cpu_ms", "database_cpu_ms", "queries", "rows")),
        ]
        for line in lists
    ]
    others = [[line["case"], *_facts(line["measured"])] for line in kept.lines if "cpu_ms" not in line["measured"]]
    head = ["Role: list", "p50 ms", "p95 ms", "CPU ms", "database's CPU ms", "Queries", "Rows"]
    return [table(head, rows), table(["Case", "Measured"], others)]


def _facts(measured: dict[str, Any]) -> list[str]:
    return ["; ".join(f"{name.replace('_', ' ')}: {_number(value)}" for name, value in measured.items())]


def _plain_tables(kept: Kept) -> list[str]:
    return _times(kept)


def _number(value: float) -> str:
    return f"{value:,.0f}" if float(value).is_integer() or value >= 1000 else f"{value:,.2f}".rstrip("0").rstrip(".")


_TABLES: dict[str, Callable[[Kept], list[str]]] = {
    "capture": _capture,
    "segments": _segments,
    "storm": _storm,
    "limits": _limits,
    "lists": _lists,
    "peers": _peers,
}


if __name__ == "__main__":
    main()
