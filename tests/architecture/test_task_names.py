"""Rooms leave notes with the names of tasks; a typing error in one would be seen only in production."""

import ast
import re
from collections.abc import Iterator

from django.conf import settings

from vms.celery import app
from vms.settings.env import BASE_DIR

TASK_NAME = re.compile(r"(?:accounts|cameras|streaming|recordings|alerts)\.[a-z_]+")


def names_spelled_in(source: str) -> Iterator[str]:
    """Every text in a module that has the shape of a task's name."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and TASK_NAME.fullmatch(node.value):
            yield node.value


def known_tasks() -> set[str]:
    app.loader.import_default_modules()
    return set(app.tasks)


def test_every_task_that_a_room_queues_exists() -> None:
    sources = [path.read_text() for path in BASE_DIR.glob("*/queueing.py")]
    names = {name for source in sources for name in names_spelled_in(source)}

    assert "recordings.capture" in names
    assert names <= known_tasks()


def test_every_task_that_the_clock_starts_exists() -> None:
    names = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}

    assert names
    assert names <= known_tasks()


def test_a_name_with_a_typing_error_would_be_found() -> None:
    assert list(names_spelled_in('send("recordings.captrue", queue="vms")')) == ["recordings.captrue"]
    assert "recordings.captrue" not in known_tasks()
