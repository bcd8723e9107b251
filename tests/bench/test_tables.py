"""The page's numbers come from the results, and only its marked places are written."""

from pathlib import Path

import pytest

from bench.results import Goal, Report
from bench.tables import filled, table

PAGE = "# Speed\n\n<!-- storm -->\nstale numbers\n<!-- end of storm -->\n\nWords.\n\n<!-- peers -->\nkept\n<!-- end of peers -->\n"


@pytest.fixture
def results(tmp_path: Path) -> Path:
    report = Report("storm", tmp_path, command="python -m bench storm")
    spread = {"count": 1000, "p50": 1.5, "p95": 2.0, "p99": 2.25, "max": 3.0}
    measured = {"cameras": 1000, "admitted": 999, "seconds_until_all_answered": 1.25, "most_database_connections": 9}
    report.add("cold", {**measured, "answer_ms": spread}, [Goal("admitted", 999, 1000, "", "at least")])
    return tmp_path


def test_a_marked_place_gets_the_command_the_table_and_the_verdict(results: Path) -> None:
    page = filled(PAGE, results)
    assert "stale numbers" not in page
    assert "`python -m bench storm`" in page
    assert "| cold | 1,000 | 999 | 1.25 | 9 |" in page
    assert "| admitted | 999 | at least 1,000 |  | **missed** |" in page


def test_what_was_not_measured_and_what_is_not_marked_stays(results: Path) -> None:
    page = filled(PAGE, results)
    assert "<!-- peers -->\nkept\n<!-- end of peers -->" in page
    assert page.startswith("# Speed\n")
    assert "\n\nWords.\n\n" in page


def test_filling_twice_changes_nothing_more(results: Path) -> None:
    once = filled(PAGE, results)
    assert filled(once, results) == once


def test_a_table_has_its_numbers_on_the_right() -> None:
    assert table(["What", "n"], [["a", "1"]]) == "| What | n |\n| --- | --: |\n| a | 1 |"
