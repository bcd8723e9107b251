"""Playlists: golden text, and what FFmpeg makes of one."""

import json
import subprocess
from pathlib import Path

import pytest

from recordings.capture.fragments import Fragment, FragmentSplitter
from recordings.capture.init_segment import InitSegment
from streaming.hls.parts import MediaRun
from streaming.hls.playlist import PlaylistType, render_media

GOLDEN = Path(__file__).parent / "golden"
TEN_O_CLOCK_US = 1_924_941_600_000_000  # 2030-12-31T10:00:00Z
HOUR_US = 3_600_000_000

FIRST = MediaRun("a/video.mp4", [2.0], [1000], [50_000], TEN_O_CLOCK_US, init_uri="a/init.mp4")
SECOND = MediaRun("a/video.mp4", [2.04], [51_000], [48_123], init_uri="a/init.mp4")
NEXT_FILE = MediaRun("b/video.mp4", [1.96], [1000], [47_000], init_uri="a/init.mp4")
BOTH = FIRST._replace(durations_seconds=[2.0, 2.04], byte_offsets=[1000, 51_000], byte_lengths=[50_000, 48_123])
AFTER_GAP = MediaRun(
    "c/video.mp4", [2.5], [1100], [60_000], TEN_O_CLOCK_US + HOUR_US + 7_499, discontinuity=True, init_uri="c/init.mp4"
)


@pytest.mark.parametrize(
    ("golden", "runs", "playlist_type"),
    [
        ("one_file.m3u8", [FIRST, SECOND], "VOD"),
        ("one_file.m3u8", [BOTH], "VOD"),
        ("growing.m3u8", [FIRST, SECOND], "EVENT"),
        ("two_files_of_one_run_and_a_gap.m3u8", [FIRST, SECOND, NEXT_FILE, AFTER_GAP], "VOD"),
        ("sound_comes.m3u8", [FIRST, AFTER_GAP._replace(tracks_change=True)], "VOD"),
        ("same_init_after_a_gap.m3u8", [FIRST, AFTER_GAP._replace(init_uri="a/init.mp4")], "VOD"),
    ],
)
def test_playlist_is_the_golden_text(golden: str, runs: list[MediaRun], playlist_type: PlaylistType) -> None:
    assert render_media(runs, playlist_type=playlist_type) == (GOLDEN / golden).read_text()


@pytest.mark.parametrize(("seconds", "target"), [(0.2, 1), (1.49, 1), (2.5, 3), (3.5, 4), (6.4, 6)])
def test_target_duration_is_the_longest_duration_rounded(seconds: float, target: int) -> None:
    text = render_media([FIRST._replace(durations_seconds=[seconds])], playlist_type="VOD")
    assert f"#EXT-X-TARGETDURATION:{target}\n" in text


def test_a_growing_playlist_can_be_given_room_for_longer_entries() -> None:
    assert "#EXT-X-TARGETDURATION:10\n" in render_media([FIRST], playlist_type="EVENT", least_target_seconds=10)


def test_media_sequence_is_told() -> None:
    assert "#EXT-X-MEDIA-SEQUENCE:7\n" in render_media([FIRST], playlist_type="EVENT", media_sequence=7)


def test_a_playlist_without_entries_is_refused() -> None:
    with pytest.raises(ValueError, match="needs an entry"):
        render_media([], playlist_type="VOD")


@pytest.mark.parametrize(
    "run",
    [
        FIRST._replace(uri=""),
        FIRST._replace(uri="#EXT-X-ENDLIST"),
        FIRST._replace(uri="a\nb"),
        FIRST._replace(init_uri='a"b'),
        FIRST._replace(byte_lengths=[0]),
        FIRST._replace(byte_offsets=[-1]),
        BOTH._replace(byte_lengths=[50_000, 0]),
        BOTH._replace(byte_lengths=[50_000]),
    ],
)
def test_what_cannot_be_written_is_refused(run: MediaRun) -> None:
    with pytest.raises(ValueError, match=r"not a|not byte|shorter"):
        render_media([run], playlist_type="VOD")


@pytest.mark.ffmpeg
def test_ffmpeg_reads_a_playlist_over_the_fragments_of_one_file_with_the_right_length(tmp_path: Path) -> None:
    video = tmp_path / "video.mp4"
    _make_fragmented_mp4(video, seconds=9)
    data = video.read_bytes()
    init, *fragments = list(FragmentSplitter().feed(data))
    assert isinstance(init, InitSegment)
    (tmp_path / "init.mp4").write_bytes(init.data)
    playlist = tmp_path / "index.m3u8"
    run = _run(data, init, [fragment for fragment in fragments if isinstance(fragment, Fragment)])
    playlist.write_text(render_media([run], playlist_type="VOD"))

    assert len(run.byte_offsets) >= 4
    facts = _probe(playlist)
    assert float(facts["format"]["duration"]) == pytest.approx(9, abs=0.1)
    assert int(facts["streams"][0]["nb_read_packets"]) == 9 * 25


def _make_fragmented_mp4(path: Path, *, seconds: int) -> None:
    arguments = f"-v error -f lavfi -i testsrc2=size=320x180:rate=25 -t {seconds} -c:v libx264 -preset ultrafast -g 50"
    movflags = "frag_keyframe+empty_moov+default_base_moof+skip_trailer"
    subprocess.run(
        ["ffmpeg", *arguments.split(), "-sc_threshold", "0", "-f", "mp4", "-movflags", movflags, str(path)], check=True
    )


def _run(data: bytes, init: InitSegment, fragments: list[Fragment]) -> MediaRun:
    offsets, offset = [], len(init.data)
    for fragment in fragments:
        offset = data.index(fragment.data, offset)
        offsets.append(offset)
    seconds = [fragment.duration_ticks / init.timescale for fragment in fragments]
    lengths = [len(fragment.data) for fragment in fragments]
    return MediaRun("video.mp4", seconds, offsets, lengths, TEN_O_CLOCK_US, init_uri="init.mp4")


def _probe(path: Path) -> dict[str, dict[str, str]]:
    shown = ["-show_entries", "format=duration:stream=nb_read_packets", "-count_packets", "-of", "json"]
    answer = subprocess.run(["ffprobe", "-v", "error", *shown, str(path)], check=True, capture_output=True)
    facts: dict[str, dict[str, str]] = json.loads(answer.stdout)
    return facts
