"""Waiting for what happens soon, but not at once."""

import time
from collections.abc import Callable
from typing import TypeVar

import pytest

Answer = TypeVar("Answer")


def eventually(probe: Callable[[], Answer], *, seconds: float = 20, every: float = 0.2) -> Answer:
    """The first truthy answer of the probe. Fails the test when there is none in time."""
    deadline = time.monotonic() + seconds
    while not (answer := probe()):
        if time.monotonic() > deadline:
            pytest.fail(f"did not happen within {seconds} s; the last answer was {answer!r}")
        time.sleep(every)
    return answer
