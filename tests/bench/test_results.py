"""What was measured is kept with its goal, and read back as it was."""

from pathlib import Path

import pytest

from bench.results import Goal, Report, read


@pytest.mark.parametrize(
    ("goal", "met"),
    [
        (Goal("time", 50, 50, "ms"), True),
        (Goal("time", 50.1, 50, "ms"), False),
        (Goal("rate", 9_999, 10_000, "/s", "at least"), False),
        (Goal("rate", 10_000, 10_000, "/s", "at least"), True),
    ],
)
def test_a_limit_itself_still_meets_the_goal(goal: Goal, met: bool) -> None:
    assert goal.is_met is met
    assert ("MISSED" in str(goal)) is not met


def test_a_run_is_read_back_case_by_case(tmp_path: Path) -> None:
    report = Report("segments", tmp_path, command="python -m bench segments")
    report.add("bare", {"rate": 20_000})
    report.add("ours", {"rate": 12_000}, [Goal("rate", 12_000, 10_000, "/s", "at least")])
    kept = read(tmp_path / "segments.jsonl")
    assert kept.command == "python -m bench segments"
    assert kept.machine["cores"]
    assert kept.case("ours") == {"rate": 12_000}
    assert kept.case("theirs") is None
    assert [line["goals"] for line in kept.lines][1][0]["is_met"] is True
