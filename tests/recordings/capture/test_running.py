"""One recording of a camera in a process, and a switch for each."""

import threading

import pytest

from recordings.capture import running
from recordings.choices import GapCause


def test_a_camera_is_recorded_once() -> None:
    with running.recording(1) as first, running.recording(1) as second, running.recording(2) as other:
        assert first is not None
        assert second is None
        assert other is not None
        assert running.switches() == {1: first, 2: other}

    assert running.switches() == {}


def test_a_second_try_does_not_end_the_first() -> None:
    with running.recording(1) as first:
        with running.recording(1):
            pass
        assert running.switches() == {1: first}


def test_the_first_cause_counts() -> None:
    switch = running.StopSwitch()
    switch.stop(GapCause.RECORDING_OFF)
    switch.stop(GapCause.RECORDER_STOPPED)

    assert switch.cause == GapCause.RECORDING_OFF


def test_a_stop_ends_a_pause() -> None:
    switch = running.StopSwitch()
    threading.Timer(0.05, switch.stop, [GapCause.RECORDING_OFF]).start()

    assert switch.wait(60)


def test_a_process_that_goes_down_stops_everything_and_begins_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "_shutting_down", False)

    with running.recording(1) as switch:
        running.stop_everything()
        assert switch is not None
        assert switch.cause == GapCause.RECORDER_STOPPED
        with running.recording(2) as late:
            assert late is None
