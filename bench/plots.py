"""Draws the measured results as SVG into docs/pictures/performance: `python -m bench.plots`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl

from bench.results import Kept, read
from bench.tables import RESULTS
from compose.local.supervisor import CHECKOUT

mpl.use("svg")
mpl.rcParams.update(
    {
        "svg.hashsalt": "vms",  # the same results give the same file
        "font.size": 10,
        "axes.grid": True,
        "grid.alpha": 0.3,
        "axes.spines.top": False,
        "axes.spines.right": False,
    }
)

from matplotlib import pyplot  # noqa: E402  (after the back end has been chosen)

PICTURES = CHECKOUT / "docs" / "pictures" / "performance"
_CLASSES = ["nginx", "ffmpeg", "recorder", "web", "worker", "beat", "redis", "postgresql"]
_COLOURS = ["#4c78a8", "#f58518", "#54a24b", "#e45756", "#72b7b2", "#b279a2", "#9d755d", "#bab0ac"]


def main() -> None:
    """Every picture for which there are results."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    for path in sorted(RESULTS.glob("capture*.jsonl")):
        _capture(path.stem, read(path))
    timeline = RESULTS / "timeline.jsonl"
    if timeline.exists():
        _quantiles("timeline", read(timeline), "ms")


def _capture(name: str, kept: Kept) -> None:
    ours = [line["measured"] for line in kept.lines if line["case"].endswith("cameras, VMS")]
    floors = [_floor(kept, one["cameras"]) for one in ours]
    for what, unit in (("cpu_percent", "% of a core"), ("memory_mb", "MB")):
        figure, axes = pyplot.subplots(figsize=(7.5, 4))
        counts = [one["cameras"] for one in ours]
        stacked = [[one["classes"].get(part, {}).get(what, 0) for one in ours] for part in _CLASSES]
        axes.stackplot(counts, stacked, labels=_CLASSES, colors=_COLOURS, alpha=0.85)
        for label, style, values in _floor_lines(floors, what):
            axes.plot(counts, values, style, color="black", label=label)
        axes.set(xlabel="cameras of 2 Mbit/s, recorded and with live HLS", ylabel=unit, xlim=(min(counts), max(counts)))
        axes.legend(fontsize=8, ncols=2, loc="upper left")
        _keep(figure, f"{name}-{what.partition('_')[0]}")


def _floor(kept: Kept, count: int) -> tuple[dict[str, Any], dict[str, Any]]:
    ffmpegs = kept.case(f"{count} cameras, nginx-rtmp and {count} FFmpegs")
    flv = kept.case(f"{count} cameras, nginx-rtmp writing FLV")
    return ffmpegs or {}, flv or {}


def _floor_lines(
    floors: Sequence[tuple[dict[str, Any], dict[str, Any]]], what: str
) -> list[tuple[str, str, list[float]]]:
    ffmpegs = [float(one.get(what, "nan")) for one, _ in floors]
    flv = [float(one.get(what, "nan")) for _, one in floors]
    lines = [("bare nginx-rtmp and FFmpegs", "o--", ffmpegs), ("bare nginx-rtmp writing FLV", "x:", flv)]
    return [line for line in lines if not all(map(math.isnan, line[2]))]


def _quantiles(name: str, kept: Kept, unit: str) -> None:
    cases = [(line["case"], line["measured"][unit]) for line in kept.lines if unit in line["measured"]]
    figure, axes = pyplot.subplots(figsize=(7.5, 0.5 + 0.45 * len(cases)))
    names = [case for case, _ in cases]
    axes.barh(names, [spread["p95"] for _, spread in cases], color="#a0c4e8", label="p95")
    axes.barh(names, [spread["p50"] for _, spread in cases], color="#4c78a8", label="p50", height=0.4)
    axes.invert_yaxis()
    axes.set(xlabel=unit)
    axes.legend(fontsize=8)
    _keep(figure, name)


def _keep(figure: Any, name: str) -> None:
    figure.tight_layout()
    path: Path = PICTURES / f"{name}.svg"
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)
    print(path.relative_to(CHECKOUT))


if __name__ == "__main__":
    main()
