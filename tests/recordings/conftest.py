"""Real streams, made once by FFmpeg in the way the recorder makes them; footage of a camera on disk and in the tables."""

import struct
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import redis
from celery import current_app

from cameras.models import Camera
from recordings import tiers
from recordings.capture import catalogue
from recordings.capture.fragments import Fragment, FragmentSplitter, InitSegment, parse_fragment
from recordings.capture.track import Track
from recordings.capture.wall_clock import Arrival
from recordings.choices import GapCause
from recordings.models import Recording, StorageTier
from streaming.models import MediaNode, PublishSession

# A whole minute and hour, so that files rotate where it can be foreseen.
NOON = datetime(2030, 6, 1, 12, tzinfo=UTC)
NOON_US = catalogue.us_of(NOON)

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


def arriving(instant_us: int) -> Arrival:
    """An arrival at a node whose clock nobody sets."""
    return Arrival(instant_us, instant_us)


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
    data = moof + box(b"mdat", bytes(120))
    return parse_fragment(data, len(moof), init, video_ended_ticks=fragments[3].end_ticks)


@pytest.fixture
def tier(node: MediaNode, tmp_path: Path, settings: Any) -> Iterator[StorageTier]:
    """Where the node's recorder writes to: a folder of the test. What it left in Redis goes with it."""
    settings.MEDIA_ROOT_PATH = tmp_path
    settings.RECORDING_MIN_FREE_BYTES = 0
    found = tiers.hot_tier_of(node)
    yield found
    connection = redis.Redis.from_url(settings.REDIS_URL)
    for pk in Camera.objects.values_list("pk", flat=True):
        connection.delete(f"vms:recorder:lease:{pk}", f"vms:camera:health:{pk}")
    connection.delete(f"vms:tier:nearly-full:{found.pk}")
    connection.close()


@pytest.fixture
def make_session(node: MediaNode) -> Callable[..., PublishSession]:
    """A camera publishes: `make_session(camera)`."""

    def make(camera: Camera, **facts: Any) -> PublishSession:
        told = {"node": node, "nginx_pid": 4711, "client_id": 7, "admitted_at": NOON, "last_update_at": NOON, **facts}
        return PublishSession.objects.create(camera=camera, **told)

    return make


@pytest.fixture
def session(make_session: Callable[..., PublishSession], camera: Camera) -> PublishSession:
    """The camera of the cast publishes."""
    return make_session(camera)


Film = Callable[..., list[Recording]]


@pytest.fixture
def film(session: PublishSession, tier: StorageTier, parts: tuple[InitSegment, list[Fragment]]) -> Film:
    """Footage of 11 s as the recorder keeps it: `film(seconds=60)` begins a minute after noon. Gives its recordings."""
    init, fragments = parts

    def record_film(seconds: float = 0, cause: GapCause = GapCause.PUBLISHER_CLOSED, **facts: Any) -> list[Recording]:
        known = set(Recording.objects.values_list("pk", flat=True))
        track = Track(facts.get("session", session), tier, not_before_us=0)
        track.begin(init)
        arrived_us = NOON_US + round(seconds * 1_000_000)
        for fragment in fragments:
            arrived_us += fragment.duration_ticks * 1_000_000 // init.timescale
            track.append(fragment, arrival=arriving(arrived_us))
        track.end(cause, facts.get("detail", ""))
        return list(Recording.objects.exclude(pk__in=known).order_by("started_at"))

    return record_film


@pytest.fixture
def media_path_of() -> Callable[[Recording], Path]:
    """The file of a recording."""
    return lambda recording: recording.locations.get().media_path


@pytest.fixture
def queued() -> Callable[[str], list[dict[str, Any]]]:
    """What waits in a queue: `queued("recorder.local")` gives names and arguments, and empties it."""

    def waiting(queue_name: str) -> list[dict[str, Any]]:
        found = []
        with current_app.connection_for_read() as connection:
            queue = connection.SimpleQueue(queue_name)
            while queue.qsize():
                message = queue.get_nowait()
                message.ack()
                found.append({"task": message.headers["task"], "args": list(message.payload[0])})
            queue.close()
        return found

    for name in ("vms", "recorder.local", "recorder.other"):
        waiting(name)
    return waiting
