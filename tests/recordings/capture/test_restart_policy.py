"""FFmpeg is started again soon at first, and never more rarely than every 15 seconds."""

import pytest

from recordings.capture.restart_policy import delay_seconds


@pytest.mark.parametrize(
    ("failures", "seconds"),
    [(-1, 0), (0, 0), (1, 0.5), (2, 1), (3, 2), (4, 4), (5, 8), (6, 15), (7, 15), (1_000_000, 15)],
)
def test_the_wait_doubles_up_to_fifteen_seconds(failures: int, seconds: float) -> None:
    assert delay_seconds(failures) == seconds
