"""A silent camera is told from one whose groups of pictures take their time."""

from recordings.capture.silence import Silence


def test_waiting_for_long_groups_is_no_silence() -> None:
    silence = Silence(100.0)
    for now in (110.0, 120.0, 130.0):
        silence.broken_by(10.0, now)

    assert silence.seconds(130.0) == 0


def test_the_last_pictures_of_a_silent_camera_come_at_the_end_of_the_silence() -> None:
    silence = Silence(100.0)
    silence.broken_by(2.0, 102.0)
    silence.broken_by(0.5, 112.5)

    assert silence.seconds(112.5) == 10.0


def test_a_source_that_ends_without_last_pictures_was_silent_since_the_ones_before() -> None:
    silence = Silence(100.0)
    silence.broken_by(2.0, 102.0)

    assert silence.seconds(111.0) == 9.0


def test_a_burst_makes_up_for_nothing() -> None:
    silence = Silence(100.0)
    silence.broken_by(2.0, 102.0)
    silence.broken_by(2.0, 102.1)

    assert silence.seconds(102.1) == 0


def test_a_part_of_a_fragment_breaks_no_silence() -> None:
    silence = Silence(100.0)
    silence.broken_by(0.0, 105.0)

    assert silence.seconds(108.0) == 8.0
