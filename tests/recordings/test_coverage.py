"""What there is of a camera, what is missing, and why."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import uuid4

import pytest
import time_machine

from cameras.models import Camera
from recordings import coverage
from recordings.capture.track import Track
from recordings.choices import GapCause
from recordings.coverage import CoverageReport
from recordings.models import Interruption, Recording, StorageTier
from recordings.ranges import BadRange
from streaming.models import PublishSession
from tests.recordings.conftest import NOON, NOON_US, Film, arriving

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=3)


@pytest.fixture(autouse=True)
def later() -> Any:
    """It is three hours later, unless a test says otherwise."""
    with time_machine.travel(LATER, tick=False) as moved:
        yield moved


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


@pytest.fixture
def footage(camera: Camera) -> Callable[..., Recording]:
    """A row of footage between two minutes after noon."""

    def make(start: float, end: float | None, cause: str = GapCause.PUBLISHER_CLOSED, **facts: Any) -> Recording:
        told = {"camera": camera, "run_id": uuid4(), "started_at": at(start), "end_cause": cause, **facts}
        return Recording.objects.create(ended_at=None if end is None else at(end), **told)

    return make


def mark(camera: Camera, minutes: float, cause: GapCause, detail: str = "") -> None:
    Interruption.objects.create(camera=camera, at=at(minutes), cause=cause, detail=detail)


def report(camera: Camera, start: float = 0, end: float = 60, resolution: float = 1) -> CoverageReport:
    return coverage.coverage_of(camera, at(start), at(end), resolution)


def gaps_of(found: CoverageReport) -> list[tuple[float, float, str]]:
    def minutes(instant: datetime) -> float:
        return (instant - NOON).total_seconds() / 60

    return [(minutes(gap.start), minutes(gap.end), gap.cause) for gap in found.gaps]


def test_every_gap_has_its_cause(camera: Camera, footage: Callable[..., Recording]) -> None:
    footage(0, 10, GapCause.PUBLISHER_CLOSED)
    footage(20, 30, GapCause.RECORDER_CRASHED, end_detail="FFmpeg ended with 1: no message")
    footage(40, 50, GapCause.DISK_FULL)

    found = report(camera)

    assert found.covered == [(at(0), at(10)), (at(20), at(30)), (at(40), at(50))]
    assert gaps_of(found) == [(10, 20, "publisher_closed"), (30, 40, "recorder_crashed"), (50, 60, "disk_full")]
    assert found.gaps[1].detail == "FFmpeg ended with 1: no message"
    assert found.gaps[0].cause_label == "The camera stopped publishing"


def test_a_gap_changes_its_cause_where_something_else_takes_over(
    camera: Camera, footage: Callable[..., Recording]
) -> None:
    footage(0, 10, GapCause.PUBLISHER_CLOSED)
    mark(camera, 20, GapCause.CAMERA_INACTIVE)
    mark(camera, 40, GapCause.PUBLISHER_CLOSED)

    assert gaps_of(report(camera)) == [
        (10, 20, "publisher_closed"),
        (20, 40, "camera_inactive"),
        (40, 60, "publisher_closed"),
    ]


def test_a_gap_at_the_beginning_is_explained_by_what_was_before(
    camera: Camera, footage: Callable[..., Recording]
) -> None:
    footage(0, 10, GapCause.KEY_REVOKED)
    mark(camera, -60, GapCause.RECORDING_OFF)

    assert gaps_of(report(camera, 30, 60)) == [(30, 60, "key_revoked")]


def test_a_mark_before_the_first_footage_explains_the_gap_before_it(
    camera: Camera, footage: Callable[..., Recording]
) -> None:
    mark(camera, 10, GapCause.RECORDING_OFF)
    footage(30, 60)

    assert gaps_of(report(camera)) == [(0, 10, "never_published"), (10, 30, "recording_off")]


def test_of_a_camera_that_never_published_nothing_is_known_but_that(camera: Camera) -> None:
    found = report(camera)

    assert (found.covered, gaps_of(found)) == ([], [(0, 60, "never_published")])


def test_files_of_one_run_leave_no_gap_between_them(camera: Camera, footage: Callable[..., Recording]) -> None:
    footage(0, 30, GapCause.ROTATED)
    footage(30, 60, GapCause.PUBLISHER_CLOSED)

    assert report(camera).covered == [(at(0), at(60))]


def test_nothing_is_said_of_the_future(
    camera: Camera, footage: Callable[..., Recording], later: time_machine.Traveller
) -> None:
    later.move_to(at(20))
    footage(0, 10)

    found = report(camera)

    assert gaps_of(found) == [(10, 20, "publisher_closed")]
    assert found.end == at(60)


def test_footage_and_gaps_fill_the_range_once(camera: Camera, footage: Callable[..., Recording]) -> None:
    for minute in range(0, 60, 7):
        footage(minute, minute + 3)
    found = report(camera)

    pieces = sorted([*found.covered, *((gap.start, gap.end) for gap in found.gaps)])
    assert pieces[0][0] == at(0)
    assert pieces[-1][1] == at(60)
    assert all(before[1] == after[0] for before, after in pairwise(pieces))


def test_the_resolution_bounds_the_number_of_gaps(camera: Camera, footage: Callable[..., Recording]) -> None:
    for minute in range(60):
        footage(minute, minute + 0.5)

    assert len(report(camera, resolution=1).gaps) == 60
    assert len(report(camera, resolution=31).gaps) == 0
    found = report(camera, resolution=600)
    assert len(found.gaps) <= 6


def test_a_resolution_is_never_finer_than_fifty_thousand_parts(camera: Camera) -> None:
    found = coverage.coverage_of(camera, at(0) - timedelta(days=30), at(0), 0.001)

    assert found.resolution_seconds == pytest.approx(30 * 86400 / 50_000)


def test_a_long_range_costs_as_many_questions_as_a_short_one(
    camera: Camera, footage: Callable[..., Recording], django_assert_max_num_queries: Any
) -> None:
    for hour in range(48):
        footage(-60 * hour, -60 * hour + 59)
        mark(camera, -60 * hour + 59, GapCause.PUBLISHER_CLOSED)

    with django_assert_max_num_queries(5):
        report(camera, -60 * 47, 60)


def test_footage_of_other_cameras_is_not_counted(
    other_camera: Camera, camera: Camera, footage: Callable[..., Recording]
) -> None:
    footage(0, 60, camera=other_camera)
    mark(other_camera, 10, GapCause.DISK_FULL)

    assert gaps_of(report(camera)) == [(0, 60, "never_published")]


@pytest.mark.parametrize(("start", "end"), [(60, 0), (200, 260), (-31 * 1440, 1)])
def test_a_bad_range_is_refused(camera: Camera, start: float, end: float) -> None:
    with pytest.raises(BadRange):
        report(camera, start, end)


@pytest.mark.ffmpeg
def test_the_file_that_is_being_written_is_covered_as_far_as_its_index(
    camera: Camera, session: PublishSession, tier: StorageTier, parts: Any, later: time_machine.Traveller
) -> None:
    track = Track(session, tier, not_before_us=0)
    track.begin(parts[0])
    track.append(parts[1][0], arrival=arriving(NOON_US + 2_023_000))
    track.append(parts[1][1], arrival=arriving(NOON_US + 4_023_000))
    later.move_to(NOON + timedelta(seconds=6))

    found = report(camera)
    assert found.covered == [(NOON, NOON + timedelta(seconds=4.023))]
    assert found.gaps == []

    later.move_to(NOON + timedelta(seconds=40))
    assert [(gap.cause, gap.start) for gap in report(camera).gaps] == [("unknown", NOON + timedelta(seconds=4.023))]
    track.end(GapCause.RECORDER_STOPPED)


@pytest.mark.ffmpeg
def test_a_stop_of_the_recorder_shows_as_the_cause(film: Film, camera: Camera) -> None:
    film(cause=GapCause.RECORDER_STOPPED)
    film(seconds=120)

    assert [gap.cause for gap in report(camera, 0, 2).gaps] == ["recorder_stopped"]


@pytest.mark.ffmpeg
def test_a_camera_that_fell_silent_keeps_that_cause_until_it_comes_back(film: Film, camera: Camera) -> None:
    """The node's news, that the connection was closed, comes between the end of footage and the recorder's mark."""
    film(cause=GapCause.IDLE_SOCKET)
    mark(camera, 21 / 60, GapCause.PUBLISHER_CLOSED)
    mark(camera, 21.4 / 60, GapCause.IDLE_SOCKET)
    film(seconds=120)

    assert [gap.cause for gap in report(camera, 0, 2).gaps] == ["idle_socket"]


def test_after_the_clock_was_set_back_a_file_covers_what_later_ones_leave_open(
    camera: Camera, footage: Callable[..., Recording]
) -> None:
    footage(0, 60, GapCause.CLOCK_SET)
    footage(10, 20)
    footage(30, 40)

    assert report(camera, 45, 55).covered == [(at(45), at(55))]
    assert report(camera, 5, 90).covered == [(at(5), at(60))]
    assert gaps_of(report(camera, 70, 90)) == [(70, 90, "clock_set")]


def test_however_long_ago_footage_ended_it_explains_the_gap(
    camera: Camera, other_camera: Camera, footage: Callable[..., Recording]
) -> None:
    footage(-20_000, -19_990, GapCause.KEY_REVOKED)
    footage(-10_000, -9_990, GapCause.DISK_FULL, camera=other_camera)

    found = coverage.coverages_of([camera, other_camera], at(0), at(60), 1)
    assert [gaps_of(one) for one in found] == [[(0, 60, "key_revoked")], [(0, 60, "disk_full")]]


def test_many_cameras_cost_as_many_questions_as_one_and_are_answered_in_the_order_asked(
    camera: Camera, other_camera: Camera, footage: Callable[..., Recording], django_assert_max_num_queries: Any
) -> None:
    footage(0, 60)
    footage(10, None, camera=other_camera)
    mark(camera, -5, GapCause.DISK_FULL)
    asked = [other_camera, camera, other_camera]
    alone = [report(one) for one in asked]

    with django_assert_max_num_queries(4):
        assert coverage.coverages_of(asked, at(0), at(60), 1) == alone
    assert [len(one.covered) for one in alone] == [0, 1, 0]


def test_instants_are_exact_to_the_microsecond(camera: Camera) -> None:
    begun, ended = at(0) + timedelta(microseconds=1), at(1) + timedelta(microseconds=999_999)
    Recording.objects.create(camera=camera, run_id=uuid4(), started_at=begun, ended_at=ended)

    assert coverage.coverage_of(camera, at(-5), at(5), 1).covered == [(begun, ended)]
