"""Locks on rows leave room for rows that refer to them."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
APPS = ("accounts", "alerts", "cameras", "recordings", "streaming", "vms")


def locks() -> Iterator[tuple[str, ast.Call]]:
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "select_for_update":
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", node


def test_no_lock_makes_rows_that_refer_to_it_wait() -> None:
    """A new row locks what its foreign keys name, at its commit and in an order of its own: FOR UPDATE would deadlock with it.

    https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-ROWS
    """
    found = list(locks())
    strict = [place for place, call in found if "no_key" not in {keyword.arg for keyword in call.keywords}]

    assert found
    assert strict == []
