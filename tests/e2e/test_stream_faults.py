"""What cameras do wrong: all of it is recorded and plays, or a fresh file begins and the cause is stated.

All cameras publish at once, from the first test on; each test waits until those it asks about are done.
"""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Page

from compose.local.camera_scripts import PICTURE, SCRIPTS
from compose.local.flv import AUDIO, VIDEO
from compose.local.scripted_camera import Fleet, Publisher
from recordings.capture.index import index_path_of, read_index, verify_index
from tests.e2e.kept_files import (
    complaints_about,
    coverage_between,
    digests_of,
    sound_of,
    streams_of,
)
from tests.e2e.people import Person
from tests.e2e.playing import picture_size, plays_through, seeks
from tests.e2e.stories import Story, assert_little_is_lost
from tests.e2e.test_the_main_job import plays
from tests.e2e.waiting import eventually

pytestmark = [pytest.mark.slow, pytest.mark.timeout(480)]
PageOf = Callable[[str], Page]

MAY_BEGIN_A_FRESH_FILE = {
    *("sound-12-seconds-late", "sound-that-stops", "resolution-change", "an-hour-ahead", "an-hour-back"),
    *("stall-and-skip", "stall-and-burst"),
}


@pytest.fixture(scope="module")
def stories(accounts: None, portal: str, ingest: str, root: Path) -> Iterator[dict[str, Story]]:
    """All cameras at once, in one thread."""
    scripts = {name: list(script()) for name, script in SCRIPTS.items() if name != "plain"}
    with closing(Person(portal, "operator@vms.example")) as operator, Fleet() as fleet:
        cameras = {name: operator.enrol(f"Camera with {name.replace('-', ' ')}") for name in scripts}
        told: dict[str, Story] = {}
        for name, cues in scripts.items():
            publisher = Publisher(f"{ingest}/{cameras[name].stream}", cues)
            over = fleet.start(publisher)
            told[name] = Story(name, cameras[name], operator, root, cues, publisher, over)
        yield told


@pytest.fixture
def story(stories: dict[str, Story]) -> Callable[[str], Story]:
    """The story of a camera, when it is over."""
    return lambda name: stories[name].wait()


# In Chromium, while the longer scripts still run.


@pytest.mark.parametrize(
    ("name", "seconds"),
    [
        ("sound-promised-by-the-metadata", 20),
        ("sound-promised-by-its-header", 20),
        ("g711-a", 20),
        ("sound-12-seconds-late", 12),
        ("sound-that-stops", 25),
        ("sound-that-pauses", 25),
        ("b-frames", 30),
        ("an-hour-ahead", 31),
        ("an-hour-back", 31),
        ("stall-and-burst", 20.5),
        ("stall-and-skip", 20),
    ],
)
def test_it_plays_in_chromium(name: str, seconds: float, story: Callable[[str], Story], page_of: PageOf) -> None:
    plays_through(page_of("operator"), story(name), seconds)


def test_a_change_of_resolution_plays_in_chromium_and_the_picture_grows(
    story: Callable[[str], Story], page_of: PageOf
) -> None:
    page = page_of("operator")
    one = story("resolution-change")
    page.goto(f"/cameras/{one.camera.public_id}/playback/?at={one.at(12).isoformat().replace('+00:00', 'Z')}")
    eventually(lambda: plays(page), seconds=30)
    assert picture_size(page) == [320, 180]
    plays_through(page, one, 24)
    assert picture_size(page) == [640, 360]


def test_a_paused_player_looks_at_both_sides_of_a_border_of_tracks_and_stays_paused(
    story: Callable[[str], Story], page_of: PageOf
) -> None:
    page = page_of("operator")
    one = story("sound-12-seconds-late")
    page.goto(f"/cameras/{one.camera.public_id}/playback/?at={one.at(9).isoformat().replace('+00:00', 'Z')}")
    eventually(lambda: plays(page), seconds=30)
    page.evaluate("document.querySelector('vms-player').togglePlay()")
    for seconds in (25, 8, 26):
        seeks(page, one.at(seconds))
        assert page.locator("vms-player").get_attribute("data-state") == "paused"
    page.evaluate("document.querySelector('vms-player').togglePlay()")
    eventually(lambda: plays(page), seconds=20)


# Of each fault alone.


@pytest.mark.parametrize("name", ["no-sound", "sound-promised-by-the-metadata", "sound-promised-by-its-header"])
def test_where_no_sound_comes_none_is_promised(name: str, story: Callable[[str], Story]) -> None:
    one = story(name)
    assert {recording["audio_codec"] for recording in one.recordings} == {""}
    assert all("audio" not in streams_of(path) for path in one.paths)


def test_sound_that_comes_late_begins_a_file_with_sound(story: Callable[[str], Story]) -> None:
    one = story("sound-12-seconds-late")
    codecs = [recording["audio_codec"] for recording in one.recordings]
    assert codecs[0] == ""
    assert codecs[-1] == "mp4a.40.2"
    assert codecs == sorted(codecs), "once there is sound, it stays"
    (before,) = one.fresh_files
    assert abs((datetime.fromisoformat(before["ended_at"]) - one.at(12)).total_seconds()) < 5


def test_sound_that_stops_takes_no_picture_with_it(story: Callable[[str], Story]) -> None:
    one = story("sound-that-stops")
    assert one.recordings[0]["audio_codec"] == "mp4a.40.2"
    assert sum(len(digests_of(path, "a")) for path in one.paths if "audio" in streams_of(path)) > 10 * 48_000 / 1024


def test_a_change_of_resolution_begins_a_file_of_the_new_size(story: Callable[[str], Story]) -> None:
    one = story("resolution-change")
    sizes = [(recording["width"], recording["height"]) for recording in one.recordings]
    assert sizes[0] == (320, 180)
    assert sizes[-1] == (640, 360)
    assert sizes == sorted(sizes)
    (before,) = one.fresh_files
    assert (before["width"], before["height"]) == (320, 180)
    for path, size in zip(one.paths, sizes, strict=True):
        video = streams_of(path)["video"]
        assert (video["width"], video["height"]) == size


@pytest.mark.parametrize("name", ["an-hour-ahead", "an-hour-back"])
def test_a_camera_clock_that_leaps_does_not_move_the_footage(name: str, story: Callable[[str], Story]) -> None:
    one = story(name)
    lengths = [
        datetime.fromisoformat(each["ended_at"]) - datetime.fromisoformat(each["started_at"]) for each in one.recordings
    ]
    assert max(lengths) < timedelta(seconds=25)
    assert timedelta(seconds=50) < sum(lengths, timedelta()) < timedelta(seconds=62)


@pytest.mark.parametrize("name", ["g711-a", "g711-u"])
def test_g711_can_be_heard(name: str, story: Callable[[str], Story]) -> None:
    one = story(name)
    assert {recording["audio_codec"] for recording in one.recordings} == {"mp4a.40.2"}
    for path in one.paths:
        samples = memoryview(sound_of(path)).cast("h")
        assert len(samples) / 8000 == pytest.approx(len(digests_of(path, "v")) / PICTURE.frames_per_second, abs=0.5)
        assert sum(abs(sample) > 300 for sample in samples) > len(samples) / 4, "it is not silence"


def test_b_frames_are_kept_as_b_frames(story: Callable[[str], Story]) -> None:
    one = story("b-frames")
    assert all(streams_of(path)["video"]["has_b_frames"] > 0 for path in one.paths)


def test_a_group_of_pictures_of_10_seconds_stays_whole(story: Callable[[str], Story]) -> None:
    one = story("gop-of-10-seconds")
    for path in one.paths:
        assert all(record.is_key for record in read_index(index_path_of(path)).records if record.frames)
    assert max(record.frames for path in one.paths for record in read_index(index_path_of(path)).records) == 250


# Of each camera, one after another, so that the longest script holds up its own tests only.


@pytest.fixture(scope="module", params=[name for name in SCRIPTS if name != "plain"])
def one(request: pytest.FixtureRequest, stories: dict[str, Story]) -> Story:
    """The story of a camera, when it is over."""
    return stories[request.param].wait()


def test_every_file_is_whole_and_decodes_and_its_row_tells_the_truth(one: Story) -> None:
    assert len(one.recordings) >= 2, "a file border was crossed"
    for path, recording in zip(one.paths, one.recordings, strict=True):
        assert verify_index(path, read_index(index_path_of(path))) == []
        assert complaints_about(path) == ""
        streams = streams_of(path)
        assert ("audio" in streams) == (recording["audio_codec"] != "")
        assert (streams["video"]["width"], streams["video"]["height"]) == (recording["width"], recording["height"])
        assert recording["size_bytes"] == path.stat().st_size


def test_every_frame_that_was_sent_is_kept_once(one: Story) -> None:
    assert_little_is_lost(one, VIDEO)


def test_every_sound_that_was_sent_is_kept_once(one: Story) -> None:
    if not one.name.startswith("g711"):  # of which none is kept as it was
        assert_little_is_lost(one, AUDIO)


def test_the_timeline_has_no_gap_that_is_not_explained(one: Story) -> None:
    starts, ends = (
        [datetime.fromisoformat(each[edge]) for each in one.recordings] for edge in ("started_at", "ended_at")
    )
    gaps = coverage_between(one.operator, one.camera, starts[0], ends[-1])["gaps"]
    if one.name not in MAY_BEGIN_A_FRESH_FILE:
        assert gaps == []
        assert one.fresh_files == []
    for gap in gaps:
        assert gap["cause"] == "stream_changed"
        assert gap["detail"]
        assert datetime.fromisoformat(gap["end"]) - datetime.fromisoformat(gap["start"]) < timedelta(seconds=10)
    assert len(gaps) <= len(one.fresh_files) <= 1
    assert all(before["end_detail"] for before in one.fresh_files)


def test_recordings_follow_each_other_and_end_when_the_camera_did(one: Story) -> None:
    for before, after in pairwise(one.recordings):
        assert before["ended_at"] <= after["started_at"]
        if before["end_cause"] == "rotated":
            assert before["ended_at"] == after["started_at"]
    last = one.recordings[-1]
    assert last["end_cause"] == "publisher_closed"
    stopped_at = datetime.fromtimestamp(one.publisher.sent_at, UTC)
    assert abs((datetime.fromisoformat(last["ended_at"]) - stopped_at).total_seconds()) < 2


# Of time.


def test_84_percent_of_the_declared_frames_for_five_minutes_are_measured(story: Callable[[str], Story]) -> None:
    one = story("frames-84-percent")
    assert one.recordings[-1]["drift_ppm"] == pytest.approx((1 / 0.84 - 1) * 1e6, rel=0.02)
    for path in one.paths:
        for before, after in pairwise(read_index(index_path_of(path)).records):
            assert before.end_us == after.start_us


@pytest.mark.parametrize("name", ["slow-crystal", "fast-crystal"])
def test_a_crystal_that_is_off_makes_the_footage_neither_jump_nor_overlap(
    name: str, story: Callable[[str], Story]
) -> None:
    one = story(name)
    records = [record for path in one.paths for record in read_index(index_path_of(path)).records]
    assert all(before.end_us == after.start_us for before, after in pairwise(records))
    settled = [record.duration_us / 1_000_000 for record in records[10:] if record.frames == 50]
    assert all(1.5 < seconds < 2.5 for seconds in settled)
    assert one.recordings[-1]["drift_ppm"] is not None


def test_afterwards_the_archive_is_sound(stories: dict[str, Story]) -> None:
    for one in stories.values():
        one.wait()
    checked = subprocess.run(
        [sys.executable, "manage.py", "check_archive"], check=False, capture_output=True, text=True
    )
    assert checked.stdout.startswith("0 problems"), checked.stdout
