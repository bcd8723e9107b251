"""The recorder's own RTMP source and FFmpeg keep the same frames of the same publish, byte for byte."""

import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from recordings.capture.rtmp_source import RtmpSource
from recordings.capture.source import FfmpegSource, FragmentSource
from streaming.ffmpeg.commands import record_command
from tests.e2e.cameras import Encoder
from tests.e2e.people import Person
from tests.e2e.waiting import eventually

Packet = tuple[str, float, float]
SECONDS = 14


def encode(url: str, b_frames: int) -> list[str]:
    """An encoder with sound, whose pictures all differ, that ends by itself."""
    return [
        *("ffmpeg", "-v", "error", "-nostdin", "-re", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25"),
        *("-re", "-f", "lavfi", "-i", "sine=sample_rate=44100", "-vf", "noise=alls=20:allf=t", "-t", str(SECONDS)),
        *("-c:v", "libx264", "-preset", "veryfast", "-bf", str(b_frames), "-g", "50", "-pix_fmt", "yuv420p"),
        *("-c:a", "aac", "-f", "flv", url),
    ]


class Recording(threading.Thread):
    """Reads a source to its end, into a file."""

    def __init__(self, source: FragmentSource, path: Path) -> None:
        super().__init__()
        self._source = source
        self._path = path

    def run(self) -> None:
        self._source.start()
        try:
            with self._path.open("wb") as file:
                while (data := self._source.read(20)) != b"":
                    file.write(data or b"")
        finally:
            self._source.stop()


def packets(path: Path, track: str) -> Iterator[Packet]:
    """(digest, decode time, presentation time) of each packet."""
    asked = ("-show_packets", "-show_data_hash", "md5", "-show_entries", "packet=pts_time,dts_time,data_hash")
    command = ["ffprobe", "-v", "error", "-select_streams", track, *asked, "-of", "compact=p=0", path]
    for line in subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines():
        facts = dict(pair.split("=", 1) for pair in line.split("|"))
        yield facts["data_hash"], float(facts["dts_time"]), float(facts["pts_time"])


def common(ours: list[Packet], theirs: list[Packet]) -> list[tuple[Packet, Packet]]:
    """Both from the later beginning to the earlier end."""
    digests = [digest for digest, *_ in ours], [digest for digest, *_ in theirs]
    with suppress(ValueError):
        return list(zip(ours[digests[0].index(digests[1][0]) :], theirs, strict=False))
    return list(zip(ours, theirs[digests[1].index(digests[0][0]) :], strict=False))


@pytest.mark.slow
@pytest.mark.parametrize("b_frames", [0, 2])
def test_the_same_publish_gives_the_same_frames(
    operator: Person, publish: Callable[..., Encoder], ingest: str, tmp_path: Path, b_frames: int
) -> None:
    camera = operator.enrol()
    encoder = publish("", argv=encode(f"{ingest}/{camera.stream}", b_frames))
    port = int(ingest.rsplit(":", 1)[1].split("/", maxsplit=1)[0])
    eventually(lambda: operator.is_online(camera))
    ours, theirs = tmp_path / "ours.mp4", tmp_path / "theirs.mp4"
    recordings = [
        Recording(RtmpSource("127.0.0.1", port, application="ingest", stream=camera.public_id), ours),
        Recording(FfmpegSource(record_command("ffmpeg", f"{ingest}/{camera.public_id}")), theirs),
    ]
    for recording in recordings:
        recording.start()
    for recording in recordings:
        recording.join()
    assert encoder.ended() == 0
    apart_ms: list[float] = []
    for track, least in (("v", 150), ("a", 250)):
        pairs = common(list(packets(ours, track)), list(packets(theirs, track)))
        assert len(pairs) >= least
        assert [own[0] for own, _ in pairs] == [other[0] for _, other in pairs]
        # FFmpeg lets both tracks begin at once, and makes up for it by the length of the first packet.
        apart_ms += [1000 * (own[place] - other[place]) for own, other in pairs[1:] for place in (1, 2)]
    assert max(apart_ms) - min(apart_ms) < 3, "pictures and sound run alike; where a file calls it 0 may differ"
