"""How long to wait before FFmpeg is started again for a camera."""

_FIRST_DELAY_SECONDS = 0.5
_LONGEST_DELAY_SECONDS = 15.0


def delay_seconds(failures_in_a_row: int) -> float:
    """0.5, 1, 2, 4, 8 and then always 15 seconds; 0 when nothing has failed."""
    if failures_in_a_row <= 0:
        return 0.0
    doublings = min(failures_in_a_row - 1, 10)
    return min(_FIRST_DELAY_SECONDS * 2.0**doublings, _LONGEST_DELAY_SECONDS)
