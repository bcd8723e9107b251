"""What this recorder process is recording, and the switch to stop each of it."""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from recordings.choices import GapCause

_ASK_FOR_TURN_SECONDS = 0.1


class StopSwitch:
    """Off until somebody gives a cause to stop; the first cause counts."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self.cause: GapCause | None = None

    def stop(self, cause: GapCause) -> None:
        """Ask the recorder to end its file cleanly, for this reason."""
        if self.cause is None:
            self.cause = cause
        self._event.set()

    def wait(self, seconds: float) -> bool:
        """Sleep, but not longer than until a stop; whether one was asked for."""
        return self._event.wait(seconds)


_switches: dict[int, StopSwitch] = {}
_guard = threading.Lock()
_shutting_down = False


@contextmanager
def recording(camera_id: int) -> Iterator[StopSwitch | None]:
    """Register a recording of this camera; None when this process records it already, or is going down."""
    with _guard:
        taken = camera_id in _switches or _shutting_down
        switch = None if taken else _switches.setdefault(camera_id, StopSwitch())
    try:
        yield switch
    finally:
        if switch is not None:
            with _guard:
                del _switches[camera_id]


def switches() -> dict[int, StopSwitch]:
    """The switch of every camera that is being recorded, by camera id."""
    with _guard:
        return dict(_switches)


def settle_memory() -> None:
    """What the process has made until now stays; what comes for each fragment has no circles, so look for some rarely.

    A recorder of a hundred cameras makes ten thousand objects a second, and the collector would look at all it has.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def take_turns_calmly() -> None:
    """A thread that waits for the interpreter asks for it every 0.1 s, not every 5 ms.

    The threads of a hundred cameras wake up at the same tick, and all but one wait. Each lets go by itself where it
    reads, digests or writes; asking wakes the one that waits, and interrupts the one that works.
    """
    sys.setswitchinterval(_ASK_FOR_TURN_SECONDS)


def stop_everything() -> None:
    """The process has been told to go: end every file cleanly, begin no other."""
    global _shutting_down  # noqa: PLW0603  (one process, one fate)
    _shutting_down = True
    for switch in switches().values():
        switch.stop(GapCause.RECORDER_STOPPED)
