"""What is covered, what is missing, and why."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordings.timeline import Coverage, Gap, Mark, Recorded, Span, build_coverage

SECOND = 1_000_000
MINUTE = 60 * SECOND


def coverage(
    recorded: list[Recorded],
    marks: list[Mark] | None = None,
    *,
    start: int = 0,
    end: int = 10 * MINUTE,
    now: int = 60 * MINUTE,
    resolution: int = SECOND,
) -> Coverage:
    return build_coverage(recorded, marks or [], start_us=start, end_us=end, now_us=now, resolution_us=resolution)


def test_a_range_without_any_footage_is_one_gap_that_says_nothing_was_recorded_yet() -> None:
    assert coverage([]) == Coverage((), (Gap(0, 10 * MINUTE, "never_published"),))


def test_a_gap_before_the_first_recording_and_one_after_the_last_have_their_own_causes() -> None:
    found = coverage([Recorded(2 * MINUTE, 5 * MINUTE, "publisher_closed", "by the camera")])
    assert found.covered == (Span(2 * MINUTE, 5 * MINUTE),)
    assert found.gaps == (
        Gap(0, 2 * MINUTE, "never_published"),
        Gap(5 * MINUTE, 10 * MINUTE, "publisher_closed", "by the camera"),
    )


def test_a_recording_that_ended_before_the_range_explains_the_gap_at_its_beginning() -> None:
    found = coverage([Recorded(0, MINUTE, "key_revoked")], start=2 * MINUTE)
    assert found == Coverage((), (Gap(2 * MINUTE, 10 * MINUTE, "key_revoked"),))


@pytest.mark.parametrize("seam", [-3 * SECOND, -1, 0, 1, SECOND - 1])
def test_files_of_one_run_touch_without_a_gap(seam: int) -> None:
    found = coverage([Recorded(0, MINUTE, "rotated"), Recorded(MINUTE + seam, 10 * MINUTE, "rotated")])
    assert found == Coverage((Span(0, 10 * MINUTE),), ())


def test_a_second_missing_after_a_rotation_is_a_gap_of_unknown_cause() -> None:
    found = coverage([Recorded(0, MINUTE, "rotated"), Recorded(MINUTE + SECOND, 10 * MINUTE, "rotated")])
    assert found.gaps == (Gap(MINUTE, MINUTE + SECOND, "unknown"),)


def test_holes_shorter_than_the_resolution_are_closed() -> None:
    recorded = [Recorded(0, MINUTE, "stream_changed"), Recorded(MINUTE + 20 * SECOND, 10 * MINUTE, "rotated")]
    assert coverage(recorded, resolution=21 * SECOND).gaps == ()
    assert coverage(recorded, resolution=20 * SECOND).gaps == (Gap(MINUTE, MINUTE + 20 * SECOND, "stream_changed"),)


def test_a_gap_is_split_where_another_cause_takes_over() -> None:
    marks = [
        Mark(6 * MINUTE, "camera_inactive", "by an operator"),
        Mark(3 * MINUTE, "recording_off"),
        Mark(4 * MINUTE, "recording_off", "said again"),
    ]
    assert coverage([Recorded(0, 2 * MINUTE, "publisher_closed")], marks).gaps == (
        Gap(2 * MINUTE, 3 * MINUTE, "publisher_closed"),
        Gap(3 * MINUTE, 6 * MINUTE, "recording_off", "said again"),
        Gap(6 * MINUTE, 10 * MINUTE, "camera_inactive", "by an operator"),
    )


def test_a_cause_that_held_for_less_than_the_resolution_gives_way_to_the_next() -> None:
    marks = [Mark(2 * MINUTE + SECOND, "camera_retired")]
    found = coverage([Recorded(0, 2 * MINUTE, "publisher_closed")], marks, resolution=MINUTE)
    assert found.gaps == (Gap(2 * MINUTE, 10 * MINUTE, "camera_retired"),)


def test_a_cause_that_came_just_before_footage_resumed_is_left_out() -> None:
    recorded = [Recorded(0, 2 * MINUTE, "node_lost"), Recorded(8 * MINUTE, 10 * MINUTE, "rotated")]
    found = coverage(recorded, [Mark(8 * MINUTE - SECOND, "publisher_closed")], resolution=MINUTE)
    assert found.gaps == (Gap(2 * MINUTE, 8 * MINUTE, "node_lost"),)


def test_a_mark_during_footage_says_nothing_of_the_gap_after_it() -> None:
    found = coverage([Recorded(0, 5 * MINUTE, "recorder_crashed")], [Mark(2 * MINUTE, "recording_off", "earlier")])
    assert found.gaps == (Gap(5 * MINUTE, 10 * MINUTE, "recorder_crashed"),)


def test_a_mark_with_the_cause_of_the_end_adds_only_its_detail() -> None:
    found = coverage([Recorded(0, 5 * MINUTE, "disk_full")], [Mark(6 * MINUTE, "disk_full", "12 bytes left")])
    assert found.gaps == (Gap(5 * MINUTE, 10 * MINUTE, "disk_full", "12 bytes left"),)


def test_an_end_that_says_nothing_is_explained_by_the_mark_just_before_it() -> None:
    marks = [Mark(5 * MINUTE - SECOND // 2, "node_lost", "restarted")]
    found = coverage([Recorded(0, 5 * MINUTE, "unknown")], marks)
    assert found.gaps == (Gap(5 * MINUTE, 10 * MINUTE, "node_lost", "restarted"),)


def test_overlapping_recordings_are_one_span_and_the_later_end_gives_the_cause() -> None:
    recorded = [Recorded(MINUTE, 6 * MINUTE, "publisher_closed"), Recorded(0, 3 * MINUTE, "recorder_crashed")]
    found = coverage(recorded)
    assert found == Coverage((Span(0, 6 * MINUTE),), (Gap(6 * MINUTE, 10 * MINUTE, "publisher_closed"),))


def test_nothing_is_said_of_the_future() -> None:
    found = coverage([Recorded(0, MINUTE, "publisher_closed")], now=4 * MINUTE)
    assert found.gaps == (Gap(MINUTE, 4 * MINUTE, "publisher_closed"),)
    assert coverage([], now=0) == Coverage((), ())


times = st.integers(min_value=-20 * MINUTE, max_value=40 * MINUTE)
causes = st.sampled_from(["rotated", "unknown", "publisher_closed", "recording_off", "disk_full"])
recordings = st.lists(
    st.builds(
        lambda start, length, cause: Recorded(start, start + length, cause),
        times,
        st.integers(min_value=0, max_value=10 * MINUTE),
        causes,
    ),
    max_size=12,
)
mark_lists = st.lists(st.builds(Mark, times, causes.filter(lambda cause: cause != "rotated")), max_size=12)


@given(
    recorded=recordings, marks=mark_lists, when=st.tuples(times, times, times), resolution=st.integers(0, 5 * MINUTE)
)
def test_spans_and_gaps_fill_the_range_up_to_the_present_exactly_once(
    recorded: list[Recorded], marks: list[Mark], when: tuple[int, int, int], resolution: int
) -> None:
    start, end, now = when
    found = coverage(recorded, marks, start=start, end=end, now=now, resolution=resolution)
    parts = sorted([*found.covered, *found.gaps], key=lambda part: part.start_us)
    at = start
    for part in parts:
        assert part.start_us == at
        assert part.end_us > at
        at = part.end_us
    assert at == (min(end, now) if parts else start)
    assert bool(parts) == (min(end, now) > start)
    assert list(found.covered) == sorted(found.covered, key=lambda span: span.start_us)


@given(recorded=recordings, marks=mark_lists, resolution=st.integers(SECOND, 20 * MINUTE))
def test_the_answer_is_bounded_by_the_resolution(recorded: list[Recorded], marks: list[Mark], resolution: int) -> None:
    found = coverage(recorded, marks, resolution=resolution)
    assert len(found.gaps) <= max(1, 10 * MINUTE // resolution)
    assert len(found.covered) <= len(found.gaps) + 1


@given(recorded=recordings, marks=mark_lists)
def test_footage_is_never_called_missing_and_a_gap_is_never_called_rotated(
    recorded: list[Recorded], marks: list[Mark]
) -> None:
    for gap in coverage(recorded, marks).gaps:
        assert gap.cause != "rotated"
        assert not any(
            one.start_us < gap.end_us and one.end_us > gap.start_us for one in recorded if one.start_us < one.end_us
        )


def test_a_year_of_hours_with_marks_is_quick() -> None:
    hour = 60 * MINUTE
    recorded = [Recorded(n * hour, n * hour + 59 * MINUTE, "publisher_closed") for n in range(24 * 365)]
    marks = [Mark(n * hour + 59 * MINUTE + 30 * SECOND, "recording_off") for n in range(24 * 365)]
    found = coverage(recorded, marks, end=365 * 24 * hour, now=365 * 24 * hour)
    assert len(found.gaps) == 2 * 24 * 365
