"""One FFmpeg run becomes files without a gap or an overlap, rows with causes, and measurements."""

import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from cameras.models import Camera
from recordings import health
from recordings.capture import catalogue
from recordings.capture.fragments import Fragment, InitSegment
from recordings.capture.hour_file import DiskFull
from recordings.capture.index import index_path_of, read_index, rebuild_index, verify_index
from recordings.capture.track import Track
from recordings.capture.wall_clock import Arrival
from recordings.choices import GapCause
from recordings.models import Recording, StorageTier
from streaming.models import PublishSession
from tests.recordings.conftest import NOON, NOON_US, Film, arriving

Parts = tuple[InitSegment, list[Fragment]]
PathOf = Callable[[Recording], Path]
pytestmark = [pytest.mark.ffmpeg, pytest.mark.django_db]


@contextmanager
def file_size_limit(limit_bytes: int) -> Iterator[None]:
    """No file of this process may grow beyond so many bytes, as on a disk that is full."""
    before, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, most))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (before, most))


def arrivals_us(parts: Parts) -> list[int]:
    """When each fragment is whole, of a camera that keeps time and begins at noon."""
    init, fragments = parts
    lengths_us = [fragment.duration_ticks * 1_000_000 // init.timescale for fragment in fragments]
    return [NOON_US + total_us for total_us in accumulate(lengths_us)]


@pytest.fixture
def track(session: PublishSession, tier: StorageTier, parts: Parts) -> Track:
    """A run whose init segment has come."""
    begun = Track(session, tier, not_before_us=0)
    begun.begin(parts[0])
    return begun


def test_files_rotate_at_the_clock_without_a_gap_or_an_overlap(film: Film, settings: Any) -> None:
    settings.RECORDING_ROTATION_SECONDS = 4

    rows = film()

    assert [row.fragment_count for row in rows] == [2, 2, 2]
    # The camera's first frame lasts 23 ms longer, and a file begins with a key frame.
    begins = (0, 4.023, 8.023)
    assert [row.started_at for row in rows] == [NOON + timedelta(seconds=second) for second in begins]
    assert all(before.ended_at == after.started_at for before, after in pairwise(rows))
    assert rows[-1].ended_at == NOON + timedelta(seconds=11.023)
    assert [row.end_cause for row in rows] == [GapCause.ROTATED, GapCause.ROTATED, GapCause.PUBLISHER_CLOSED]
    assert len({row.run_id for row in rows}) == 1


def test_every_file_agrees_with_its_index_and_its_row(film: Film, settings: Any, media_path_of: PathOf) -> None:
    settings.RECORDING_ROTATION_SECONDS = 4

    for row in film():
        path = media_path_of(row)
        index = read_index(index_path_of(path))
        assert verify_index(path, index) == []
        assert rebuild_index(path).records == index.records
        assert (row.size_bytes, row.fragment_count) == (path.stat().st_size, len(index.records))
        assert catalogue.at_utc(index.records[0].start_us) == row.started_at
        assert catalogue.at_utc(index.records[-1].end_us) == row.ended_at


def test_the_files_of_a_run_hold_every_fragment_once(
    film: Film, settings: Any, media_path_of: PathOf, parts: Parts
) -> None:
    settings.RECORDING_ROTATION_SECONDS = 4
    kept = b"".join(media_path_of(row).read_bytes() for row in film())

    assert [kept.count(fragment.data) for fragment in parts[1]] == [1] * len(parts[1])
    assert kept.count(parts[0].data) == 3


def test_every_file_plays_by_itself(
    film: Film, settings: Any, media_path_of: PathOf, ffmpeg: Callable[..., bytes]
) -> None:
    settings.RECORDING_ROTATION_SECONDS = 4

    for row in film():
        frames = ffmpeg("-i", media_path_of(row), "-map", "0:v", "-f", "framemd5", "-")
        assert len([line for line in frames.splitlines() if not line.startswith(b"#")]) >= 75


def test_a_file_lies_by_camera_and_day_with_its_own_id_in_its_name(
    film: Film, camera: Camera, tier: StorageTier, media_path_of: PathOf
) -> None:
    (row,) = film()

    expected = f"{camera.public_id}/2030/06/01/120000_{row.pk.hex}.mp4"
    assert media_path_of(row) == Path(tier.root) / expected


def test_a_row_says_what_was_recorded(film: Film, session: PublishSession) -> None:
    (row,) = film(detail="it went home")

    assert (row.session, row.width, row.height) == (session, 320, 240)
    assert row.video_codec.startswith("avc1.")
    assert row.audio_codec == "mp4a.40.2"
    assert row.end_detail == "it went home"


def test_a_row_is_open_while_its_file_is_written(track: Track, parts: Parts) -> None:
    track.append(parts[1][0], arrival=arriving(arrivals_us(parts)[0]))

    row = Recording.objects.get()
    assert (row.started_at, row.ended_at, row.end_cause) == (NOON, None, "")
    track.end(GapCause.RECORDER_STOPPED)


def test_ending_twice_is_ending_once(track: Track, parts: Parts) -> None:
    track.append(parts[1][0], arrival=arriving(arrivals_us(parts)[0]))
    track.end(GapCause.RECORDER_STOPPED)
    track.end(GapCause.RECORDER_CRASHED)

    assert Recording.objects.get().end_cause == GapCause.RECORDER_STOPPED


def test_a_new_run_never_overlaps_the_one_before(session: PublishSession, tier: StorageTier, parts: Parts) -> None:
    init, fragments = parts
    ended_us = NOON_US + 10_000_000
    late = Track(session, tier, not_before_us=ended_us)
    late.begin(init)
    late.append(fragments[0], arrival=arriving(ended_us + 500_000))
    late.end(GapCause.PUBLISHER_CLOSED)

    row = Recording.objects.get()
    assert row.started_at == catalogue.at_utc(ended_us)
    assert row.ended_at is not None
    assert row.ended_at > row.started_at


def test_footage_does_not_wait_for_the_database(
    track: Track, parts: Parts, camera: Camera, tier: StorageTier, caplog: pytest.LogCaptureFixture
) -> None:
    rename = "ALTER TABLE {} RENAME TO {}"
    with connection.cursor() as cursor:
        cursor.execute(rename.format("recordings_recording", "recordings_away"))
    for fragment, arrived_us in zip(parts[1], arrivals_us(parts), strict=True):
        track.append(fragment, arrival=arriving(arrived_us))
    track.end(GapCause.PUBLISHER_CLOSED)
    with connection.cursor() as cursor:
        cursor.execute(rename.format("recordings_away", "recordings_recording"))

    (path,) = Path(tier.root).glob(f"{camera.public_id}/**/*.mp4")
    assert verify_index(path, read_index(index_path_of(path))) == []
    assert "reconciling will" in caplog.text
    assert not Recording.objects.exists()


def test_without_room_for_the_next_file_the_last_one_ends_because_of_it(
    track: Track, parts: Parts, settings: Any, media_path_of: PathOf
) -> None:
    settings.RECORDING_ROTATION_SECONDS = 2
    track.append(parts[1][0], arrival=arriving(arrivals_us(parts)[0]))
    with file_size_limit(100), pytest.raises(DiskFull):
        track.append(parts[1][1], arrival=arriving(arrivals_us(parts)[1]))
    track.end(GapCause.DISK_FULL)

    row = Recording.objects.get()
    assert (row.end_cause, row.fragment_count, row.ended_at) == ("disk_full", 1, NOON + timedelta(seconds=2.023))
    assert verify_index(media_path_of(row), read_index(index_path_of(media_path_of(row)))) == []


def test_a_file_for_which_nothing_fitted_has_no_length(track: Track, parts: Parts) -> None:
    with file_size_limit(len(parts[0].data) + 100), pytest.raises(DiskFull):
        track.append(parts[1][0], arrival=arriving(arrivals_us(parts)[0]))
    track.end(GapCause.DISK_FULL)

    row = Recording.objects.get()
    assert (row.fragment_count, row.started_at, row.ended_at) == (0, NOON, NOON)


def test_health_is_measured_while_it_is_recorded(film: Film, camera: Camera) -> None:
    film()

    found = health.read_health(camera)
    assert found is not None
    assert found.frames_per_second == pytest.approx(25, rel=0.02)
    assert found.key_frame_interval_seconds == pytest.approx(2, rel=0.02)
    assert (found.width, found.height, found.audio_codec) == (320, 240, "mp4a.40.2")
    assert 0.04 <= found.longest_frame_seconds < 0.08
    assert found.bits_per_second > 10_000


def test_nothing_is_kept_before_the_first_key_frame(track: Track, sound_alone: Fragment, tier: StorageTier) -> None:
    track.append(sound_alone, arrival=arriving(NOON_US))
    track.end(GapCause.PUBLISHER_CLOSED)

    assert not Recording.objects.exists()
    assert list(Path(tier.root).rglob("*.mp4")) == []


def test_sound_after_the_last_picture_is_kept_with_it(
    track: Track, parts: Parts, sound_alone: Fragment, media_path_of: PathOf
) -> None:
    track.append(parts[1][0], arrival=arriving(arrivals_us(parts)[0]))
    track.append(sound_alone, arrival=arriving(arrivals_us(parts)[0] + 100_000))
    track.end(GapCause.PUBLISHER_CLOSED)

    row = Recording.objects.get()
    assert (row.fragment_count, row.ended_at) == (2, NOON + timedelta(seconds=2.023))
    assert media_path_of(row).read_bytes().endswith(sound_alone.data)


@pytest.mark.parametrize(("hours", "way"), [(1, "forward"), (-1, "back")])
def test_footage_from_before_and_after_the_clock_was_set_lies_in_two_files(
    track: Track, parts: Parts, media_path_of: PathOf, hours: int, way: str
) -> None:
    first, second, third, *_ = arrivals_us(parts)
    set_by_us = hours * 3_600_000_000
    track.append(parts[1][0], arrival=arriving(first))
    track.append(parts[1][1], arrival=Arrival(second + set_by_us, second))
    track.append(parts[1][2], arrival=Arrival(third + set_by_us, third))
    track.end(GapCause.RECORDER_STOPPED)

    before, after = Recording.objects.order_by("end_cause")
    assert (before.end_cause, before.end_detail) == (GapCause.CLOCK_SET, f"set {way} by 3600 s")
    assert after.ended_at is not None
    assert abs(after.ended_at - NOON - timedelta(microseconds=third - NOON_US + set_by_us)) < timedelta(seconds=1)
    assert (before.fragment_count, after.fragment_count) == (1, 2)
    assert before.run_id != after.run_id
    for row in (before, after):
        path = media_path_of(row)
        assert verify_index(path, read_index(index_path_of(path))) == []


def test_drift_is_kept_with_the_recording_once_it_can_be_told(track: Track, parts: Parts) -> None:
    init, (first, fragment, *_) = parts
    arrived_us = NOON_US
    fragment_us = fragment.duration_ticks * 1_000_000 // init.timescale
    track.append(first, arrival=arriving(arrived_us))
    for _ in range(100):
        arrived_us += round(fragment_us * 1.1)
        track.append(fragment, arrival=arriving(arrived_us))
    track.end(GapCause.RECORDER_STOPPED)
    drift_ppm = Recording.objects.order_by("started_at").last().drift_ppm  # type: ignore[union-attr]
    assert drift_ppm == pytest.approx(100_000, rel=0.05)
