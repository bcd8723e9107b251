"""A time range becomes a playlist whose byte ranges are the fragments of that time."""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import time_machine

from cameras.models import Camera
from recordings import playback
from recordings.capture.fragments import Fragment, InitSegment
from recordings.capture.index import index_path_of, read_index, rebuild_index
from recordings.capture.track import Track
from recordings.choices import GapCause
from recordings.models import Recording, StorageTier
from recordings.playback import NothingRecorded
from recordings.ranges import BadRange
from streaming.models import PublishSession
from tests.recordings.conftest import NOON, NOON_US, Film, arriving

Parts = tuple[InitSegment, list[Fragment]]
PathOf = Callable[[Recording], Path]
pytestmark = [pytest.mark.ffmpeg, pytest.mark.django_db]
LATER = NOON + timedelta(hours=2)
PRFT_BYTES = 32


@pytest.fixture(autouse=True)
def later() -> Any:
    """It is two hours later, unless a test says otherwise."""
    with time_machine.travel(LATER, tick=False) as moved:
        yield moved


@dataclass(slots=True)
class Entry:
    """One segment of a playlist, with what was said before it."""

    uri: str = ""
    seconds: float = 0.0
    offset: int = 0
    length: int = 0
    map_uri: str | None = None
    at: datetime | None = None
    discontinuity: bool = False
    tracks_change: bool = False


@dataclass(slots=True)
class Playlist:
    """What a player reads."""

    tags: dict[str, str] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    ended: bool = False


def read_playlist(text: str) -> Playlist:
    read, entry = Playlist(), Entry()
    for line in text.splitlines():
        name, _, value = line.partition(":")
        if name == "#EXTINF":
            entry.seconds = float(value.rstrip(","))
        elif name == "#EXT-X-BYTERANGE":
            entry.length, entry.offset = map(int, value.split("@"))
        elif name == "#EXT-X-MAP":
            entry.map_uri = value.split('"')[1]
        elif name == "#EXT-X-PROGRAM-DATE-TIME":
            entry.at = datetime.fromisoformat(value)
        elif name == "#EXT-X-DISCONTINUITY":
            entry.discontinuity = True
        elif name == "#EXT-X-VMS-TRACKS-CHANGE":
            entry.tracks_change = True
        elif name == "#EXT-X-ENDLIST":
            read.ended = True
        elif name.startswith("#"):
            read.tags[name] = value
        else:
            entry.uri = line
            read.entries.append(entry)
            entry = Entry()
    return read


def play(camera: Camera, start_seconds: float = 0, end_seconds: float = 3600) -> Playlist:
    start, end = NOON + timedelta(seconds=start_seconds), NOON + timedelta(seconds=end_seconds)
    return read_playlist(playback.playlist_of(camera, start, end))


def bytes_of(entry: Entry) -> bytes:
    """What a player fetches for an entry."""
    recording = Recording.objects.get(pk=entry.uri.split("/")[0])
    path = playback.media_path_of(recording)
    assert path is not None
    return path.read_bytes()[entry.offset : entry.offset + entry.length]


def init_of(entry: Entry) -> bytes:
    assert entry.map_uri is not None
    data = playback.init_segment_of(Recording.objects.get(pk=entry.map_uri.split("/")[0]))
    assert data is not None
    return data


def test_files_of_one_run_play_as_one_without_a_break(film: Film, camera: Camera, settings: Any) -> None:
    settings.RECORDING_ROTATION_SECONDS = 4
    rows = film()

    playlist = play(camera)

    assert playlist.tags["#EXT-X-PLAYLIST-TYPE"] == "VOD"
    assert playlist.ended
    assert len({entry.uri for entry in playlist.entries}) == len(rows) == 3
    assert [entry.discontinuity for entry in playlist.entries] == [False] * 6
    assert [entry.map_uri for entry in playlist.entries] == [f"{rows[0].pk}/init.mp4"] + [None] * 5
    assert [entry.at for entry in playlist.entries] == [NOON] + [None] * 5
    assert sum(entry.seconds for entry in playlist.entries) == pytest.approx(11.023, abs=0.001)


def test_the_bytes_at_the_ranges_are_the_fragments(film: Film, camera: Camera, settings: Any, parts: Parts) -> None:
    settings.RECORDING_ROTATION_SECONDS = 4
    film()

    fetched = [bytes_of(entry) for entry in play(camera).entries]

    assert [data[PRFT_BYTES:] for data in fetched] == [fragment.data for fragment in parts[1]]
    assert all(data[4:8] == b"prft" for data in fetched)


def test_what_a_player_puts_together_decodes_frame_by_frame(
    film: Film, camera: Camera, settings: Any, ffmpeg: Callable[..., bytes], tmp_path: Path, stream: bytes
) -> None:
    settings.RECORDING_ROTATION_SECONDS = 4
    film()
    entries = play(camera).entries
    whole = tmp_path / "played.mp4"
    whole.write_bytes(init_of(entries[0]) + b"".join(map(bytes_of, entries)))
    original = tmp_path / "original.mp4"
    original.write_bytes(stream)

    def pictures(path: Path) -> list[bytes]:
        lines = ffmpeg("-i", path, "-map", "0:v", "-f", "framemd5", "-").splitlines()
        return [line.rpartition(b",")[2] for line in lines if not line.startswith(b"#")]

    assert pictures(whole) == pictures(original)
    assert len(pictures(whole)) > 250


def test_after_the_clock_was_set_back_a_file_that_spans_later_ones_still_plays(film: Film, camera: Camera) -> None:
    [spanning] = film()
    for second in (2, 5):
        begun = NOON + timedelta(seconds=second)
        Recording.objects.create(camera=camera, run_id=uuid4(), started_at=begun, ended_at=begun + timedelta(seconds=1))

    assert {entry.uri for entry in play(camera, 8, 10).entries} == {f"{spanning.pk}/video.mp4"}


def test_a_gap_between_runs_is_a_discontinuity_with_its_own_init_and_clock(film: Film, camera: Camera) -> None:
    (first,), (second,) = film(), film(seconds=60)

    entries = play(camera).entries

    assert [number for number, entry in enumerate(entries) if entry.discontinuity] == [6]
    assert (entries[6].map_uri, entries[6].at) == (f"{second.pk}/init.mp4", NOON + timedelta(seconds=60))
    assert entries[0].map_uri == f"{first.pk}/init.mp4"


def test_where_sound_comes_and_goes_the_playlist_goes_on_and_says_so(film: Film, camera: Camera) -> None:
    film()
    (silent,) = film(seconds=60)
    film(seconds=120)
    film(seconds=180)
    Recording.objects.filter(pk=silent.pk).update(audio_codec="")

    entries = play(camera).entries

    changes = [entry.at for entry in entries if entry.tracks_change]
    assert changes == [NOON + timedelta(seconds=60), NOON + timedelta(seconds=120)]
    assert all(entry.discontinuity and entry.map_uri for entry in entries if entry.tracks_change)
    assert len(entries) == 24


def test_two_runs_whose_media_time_happens_to_fit_are_two_all_the_same(
    session: PublishSession, tier: StorageTier, camera: Camera, parts: Parts
) -> None:
    init, fragments = parts
    arrived_us = NOON_US
    for half in (fragments[:3], fragments[3:]):
        track = Track(session, tier, not_before_us=0)
        track.begin(init)
        for fragment in half:
            arrived_us += fragment.duration_ticks * 1_000_000 // init.timescale
            track.append(fragment, arrival=arriving(arrived_us))
        track.end(GapCause.STREAM_CHANGED)

    entries = play(camera).entries

    assert [number for number, entry in enumerate(entries) if entry.discontinuity] == [3]
    assert entries[3].map_uri is not None


def test_a_range_gives_the_fragments_that_touch_it(film: Film, camera: Camera) -> None:
    film()

    entries = play(camera, 3, 5).entries

    # 2.023 to 4.023 and 4.023 to 6.023
    assert len(entries) == 2
    assert entries[0].at == NOON + timedelta(seconds=2.023)


def test_a_range_is_half_open(film: Film, camera: Camera) -> None:
    (row,) = film()
    second_starts_us = read_index(index_path_of(row.locations.get().media_path)).records[1].start_us

    entries = play(camera, 0, (second_starts_us - NOON_US) / 1e6).entries

    assert len(entries) == 1


def test_entries_of_a_long_range_are_longer_and_hold_the_same_bytes(
    film: Film, camera: Camera, later: time_machine.Traveller
) -> None:
    later.move_to(NOON + timedelta(hours=12))
    film()
    short, long = play(camera).entries, play(camera, 0, 7 * 3600).entries

    assert [round(entry.seconds) for entry in long] == [6, 5]
    assert b"".join(map(bytes_of, long)) == b"".join(map(bytes_of, short))


def test_sound_after_the_last_picture_comes_with_it(
    session: PublishSession, tier: StorageTier, camera: Camera, parts: Parts, sound_alone: Fragment
) -> None:
    track = Track(session, tier, not_before_us=0)
    track.begin(parts[0])
    track.append(parts[1][0], arrival=arriving(NOON_US + 2_023_000))
    track.append(sound_alone, arrival=arriving(NOON_US + 2_100_000))
    track.end(GapCause.PUBLISHER_CLOSED)

    (entry,) = play(camera).entries
    assert bytes_of(entry).endswith(sound_alone.data)


# The hour that is being written


@pytest.fixture
def growing(session: PublishSession, tier: StorageTier, parts: Parts) -> Any:
    """A file that is being written; `growing(2)` appends two fragments more."""
    init, fragments = parts
    track = Track(session, tier, not_before_us=0)
    track.begin(init)
    waiting = iter(fragments)
    clock = [NOON_US]

    def append(count: int) -> None:
        for _ in range(count):
            fragment = next(waiting)
            clock[0] += fragment.duration_ticks * 1_000_000 // init.timescale
            track.append(fragment, arrival=arriving(clock[0]))

    yield append
    track.end(GapCause.RECORDER_STOPPED)


def test_a_playlist_into_the_future_grows_and_does_not_end(
    growing: Callable[[int], None], camera: Camera, later: time_machine.Traveller
) -> None:
    later.move_to(NOON + timedelta(seconds=5))
    growing(2)
    first = play(camera)
    growing(2)
    second = play(camera)

    assert (first.tags["#EXT-X-PLAYLIST-TYPE"], first.ended) == ("EVENT", False)
    assert len(first.entries) == 2
    assert second.entries[:2] == first.entries
    assert len(second.entries) == 4
    assert first.tags["#EXT-X-TARGETDURATION"] == second.tags["#EXT-X-TARGETDURATION"]
    assert [bytes_of(entry)[4:8] for entry in second.entries] == [b"prft"] * 4


def test_a_growing_target_leaves_room_for_longer_entries(
    growing: Callable[[int], None], camera: Camera, later: time_machine.Traveller
) -> None:
    """RFC 8216, 6.2.1: it must not change."""
    later.move_to(NOON + timedelta(seconds=5))
    growing(1)

    playlist = play(camera)
    assert int(playlist.tags["#EXT-X-TARGETDURATION"]) >= 2 * playlist.entries[0].seconds


def test_of_a_long_growing_playlist_only_whole_entries_are_told(
    growing: Callable[[int], None], camera: Camera, later: time_machine.Traveller
) -> None:
    later.move_to(NOON + timedelta(seconds=5))
    growing(2)
    with pytest.raises(NothingRecorded):
        play(camera, 0, 7 * 3600)
    growing(2)

    assert [round(entry.seconds) for entry in play(camera, 0, 7 * 3600).entries] == [6]


def test_a_fragment_that_is_half_written_is_not_told(
    growing: Callable[[int], None], camera: Camera, media_path_of: PathOf, later: time_machine.Traveller
) -> None:
    later.move_to(NOON + timedelta(seconds=5))
    growing(2)
    path = media_path_of(Recording.objects.get())
    with index_path_of(path).open("ab") as index:
        index.write(b"\x00" * 20)

    assert len(play(camera).entries) == 2


def test_a_fragment_that_the_index_knows_and_the_file_lacks_is_not_told(
    growing: Callable[[int], None], camera: Camera, media_path_of: PathOf, later: time_machine.Traveller
) -> None:
    later.move_to(NOON + timedelta(seconds=5))
    growing(2)
    path = media_path_of(Recording.objects.get())
    os.truncate(path, path.stat().st_size - 10)

    assert len(play(camera).entries) == 1


# Damage and nonsense


def test_a_torn_index_of_a_closed_file_is_mended(film: Film, camera: Camera, media_path_of: PathOf) -> None:
    (row,) = film()
    whole = play(camera)
    index_path_of(media_path_of(row)).write_bytes(b"torn")

    mended = play(camera)

    assert [(entry.offset, entry.length) for entry in mended.entries] == [
        (entry.offset, entry.length) for entry in whole.entries
    ]
    assert rebuild_index(media_path_of(row)) == read_index(index_path_of(media_path_of(row)))


def test_a_file_that_is_gone_leaves_a_break_and_the_rest_plays(
    film: Film, camera: Camera, settings: Any, media_path_of: PathOf
) -> None:
    settings.RECORDING_ROTATION_SECONDS = 4
    rows = film()
    media_path_of(rows[1]).unlink()

    entries = play(camera).entries

    assert len(entries) == 4
    assert [entry.discontinuity for entry in entries] == [False, False, True, False]
    assert entries[2].at == rows[2].started_at


def test_without_footage_there_is_nothing_to_play(camera: Camera, film: Film) -> None:
    film()

    with pytest.raises(NothingRecorded, match="no footage"):
        play(camera, 60, 120)


def test_footage_of_other_cameras_is_not_played(
    film: Film, make_session: Callable[..., PublishSession], other_camera: Camera, camera: Camera
) -> None:
    film(session=make_session(other_camera, client_id=8))

    with pytest.raises(NothingRecorded):
        play(camera)


@pytest.mark.parametrize(
    ("start", "end", "field_name"),
    [(60, 0, "end"), (60, 60, "end"), (8000, 9000, "start"), (-31 * 86400, 1, "end"), (-3e9, -3e9 + 60, "start")],
    ids=["reversed", "empty", "future", "31 days and a second", "before 1970"],
)
def test_a_range_that_makes_no_sense_is_refused(camera: Camera, start: float, end: float, field_name: str) -> None:
    with pytest.raises(BadRange) as refusal:
        play(camera, start, end)

    assert refusal.value.field == field_name
    assert re.search(r"\w+ \w+", str(refusal.value))


def test_a_range_of_just_31_days_is_allowed(film: Film, camera: Camera) -> None:
    film()

    assert play(camera, -31 * 86400 + 3600, 3600).entries


@pytest.mark.parametrize("field_name", ["start", "end"])
def test_an_instant_without_a_time_zone_is_refused(camera: Camera, field_name: str) -> None:
    instants = {"start": NOON, "end": NOON + timedelta(seconds=60)}
    instants[field_name] = instants[field_name].replace(tzinfo=None)

    with pytest.raises(BadRange) as refusal:
        playback.playlist_of(camera, **instants)
    assert refusal.value.field == field_name
