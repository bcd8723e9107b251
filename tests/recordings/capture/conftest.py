"""Real streams, made once by FFmpeg in the way the recorder makes them."""

import struct
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from recordings.capture.fragments import Fragment, FragmentSplitter, InitSegment, parse_fragment

ENCODE = [
    "-f",
    "lavfi",
    "-i",
    "testsrc2=size=320x240:rate=25",
    "-f",
    "lavfi",
    "-i",
    "sine=frequency=440:sample_rate=44100",
    "-c:v",
    "libx264",
    "-preset",
    "ultrafast",
    "-tune",
    "zerolatency",
    "-g",
    "50",
    "-keyint_min",
    "50",
    "-sc_threshold",
    "0",
    "-pix_fmt",
    "yuv420p",
    "-c:a",
    "aac",
]
RECORD = [
    "-map",
    "0:v:0",
    "-map",
    "0:a:0?",
    "-c",
    "copy",
    "-max_interleave_delta",
    "500000",
    "-f",
    "mp4",
    "-movflags",
    "frag_keyframe+empty_moov+default_base_moof+skip_trailer",
    "-flush_packets",
    "1",
    "pipe:1",
]


def run_ffmpeg(*arguments: str | Path) -> bytes:
    command = ["ffmpeg", "-hide_banner", "-nostdin", "-v", "error", *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True).stdout


@pytest.fixture(scope="session")
def ffmpeg() -> Callable[..., bytes]:
    """Run FFmpeg with these arguments to its end; gives its standard output."""
    return run_ffmpeg


@pytest.fixture(scope="session")
def camera_flv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a camera publishes: 11 s of H.264 with B-frames off, AAC, a key frame every 2 s."""
    path = tmp_path_factory.mktemp("camera") / "camera.flv"
    run_ffmpeg(*ENCODE, "-t", "11", path)
    return path


@pytest.fixture(scope="session")
def record_arguments() -> list[str]:
    """What stands behind the input in the recorder's FFmpeg command."""
    return RECORD


@pytest.fixture(scope="session")
def record() -> Callable[..., bytes]:
    """Record a source as FFmpeg does behind the recorder: source path to bytes of fragmented MP4."""

    def record_source(path: Path, *extra: str) -> bytes:
        return run_ffmpeg("-i", path, *extra, *RECORD)

    return record_source


@pytest.fixture(scope="session")
def stream(camera_flv: Path, record: Callable[..., bytes]) -> bytes:
    return record(camera_flv)


@pytest.fixture(scope="session")
def split() -> Callable[[bytes], tuple[InitSegment, list[Fragment]]]:
    def split_whole(data: bytes) -> tuple[InitSegment, list[Fragment]]:
        init, *fragments = FragmentSplitter().feed(data)
        assert isinstance(init, InitSegment)
        assert all(isinstance(fragment, Fragment) for fragment in fragments)
        return init, fragments

    return split_whole


@pytest.fixture(scope="session")
def parts(
    stream: bytes, split: Callable[[bytes], tuple[InitSegment, list[Fragment]]]
) -> tuple[InitSegment, list[Fragment]]:
    return split(stream)


@pytest.fixture(scope="session")
def sound_alone(parts: tuple[InitSegment, list[Fragment]]) -> Fragment:
    """A last fragment that holds only sound, as FFmpeg leaves it when a camera's video ends first."""
    init, fragments = parts

    def box(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I4s", 8 + len(body), kind) + body

    header = box(b"tfhd", struct.pack(">II", 0x020000, init.audio_track_id))
    time = box(b"tfdt", struct.pack(">II", 0, 400_000))
    run = box(b"trun", struct.pack(">II4I", 0x300, 2, 1024, 60, 1024, 60))
    moof = box(b"moof", box(b"mfhd", struct.pack(">II", 0, 99)) + box(b"traf", header + time + run))
    return parse_fragment(moof, box(b"mdat", bytes(120)), init, video_ended_ticks=fragments[3].end_ticks)
