"""The footage that simulated cameras publish: made by FFmpeg once, cut into ticks of chunk bytes that repeat for ever.

RTMP's chunk headers of type 1 carry the time since the last message, so the bytes of one round fit every round.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.rtmp import AUDIO, DATA, SET_DATA_FRAME, VIDEO, chunked, full_header_message

FRAMES_PER_SECOND = 25
TICK_MS = 1000 // FRAMES_PER_SECOND
GROUP_FRAMES = 50
GROUPS = 10
SECONDS = GROUPS * GROUP_FRAMES // FRAMES_PER_SECOND
_AUDIO_CHUNK_STREAM, _VIDEO_CHUNK_STREAM = 4, 6
_HEADER_BYTES = 9
_AVC_HEADER_BYTES = 5


@dataclass(frozen=True, slots=True)
class Tag:
    """One tag of an FLV file: an RTMP message's type, time and payload."""

    kind: int
    at_ms: int
    data: bytes

    @property
    def is_header(self) -> bool:
        """Whether it configures a decoder and holds no picture or sound."""
        return self.kind in (AUDIO, VIDEO) and self.data[1] == 0


@dataclass(frozen=True, slots=True)
class Clip:
    """`opening` goes out once; then one of `ticks` every TICK_MS. `key_bytes` tells the groups of a round apart."""

    opening: bytes
    ticks: tuple[bytes, ...]
    key_bytes: tuple[int, ...]

    @property
    def bits_per_second(self) -> int:
        return 8 * sum(map(len, self.ticks)) // SECONDS


def make(path: Path, *, bits_per_second: int = 2_000_000) -> None:
    """Encode a round of footage: H.264 without B-frames, 720p, a key frame every 2 s, and AAC. Raises CalledProcessError.

    Noise keeps the encoder at its rate; a still picture would fall far below it.
    """
    rate = f"{bits_per_second - 64_000}"
    picture = f"testsrc2=size=1280x720:rate={FRAMES_PER_SECOND},noise=alls=12:allf=t"
    command = ["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", "sine=frequency=440"]
    command += ["-t", str(SECONDS), "-c:v", "libx264", "-preset", "ultrafast", "-profile:v", "main", "-bf", "0"]
    command += ["-pix_fmt", "yuv420p", "-g", str(GROUP_FRAMES), "-keyint_min", str(GROUP_FRAMES), "-sc_threshold", "0"]
    command += ["-b:v", rate, "-maxrate", rate, "-bufsize", rate, "-c:a", "aac", "-b:a", "64k", "-ar", "44100"]
    beside = path.with_suffix(".new.flv")
    path.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run([*command, "-f", "flv", str(beside)], check=True)
    beside.replace(path)


def load(path: Path) -> Clip:
    """Cut an FLV file that `make` has written. Raises ValueError when it is not such a file."""
    tags = list(_tags(path.read_bytes()))
    video = [tag for tag in tags if tag.kind == VIDEO and not tag.is_header and len(tag.data) > _AVC_HEADER_BYTES]
    audio = [tag for tag in tags if tag.kind == AUDIO and not tag.is_header and tag.at_ms < SECONDS * 1000]
    keys = tuple(len(tag.data) - _AVC_HEADER_BYTES for tag in video[::GROUP_FRAMES])
    if len(video) != GROUPS * GROUP_FRAMES or len(set(keys)) != GROUPS:
        raise ValueError(f"{path} holds {len(video)} frames, and key frames of {len(set(keys))} sizes")
    return Clip(_opening(tags, audio), tuple(_ticks(video, audio)), keys)


def _tags(data: bytes) -> Iterator[Tag]:
    place = _HEADER_BYTES + 4
    while place + 11 <= len(data):
        size = int.from_bytes(data[place + 1 : place + 4])
        at_ms = int.from_bytes(data[place + 4 : place + 7]) | data[place + 7] << 24
        yield Tag(data[place], at_ms, data[place + 11 : place + 11 + size])
        place += 11 + size + 4


def _opening(tags: list[Tag], audio: list[Tag]) -> bytes:
    """What goes before the first picture. Its times make the first deltas of a round come out right."""
    metadata = next(tag.data for tag in tags if tag.kind == DATA)
    headers = {tag.kind: tag.data for tag in tags if tag.is_header}
    audio_ms = TICK_MS - _first_audio_delta(audio)
    return (
        full_header_message(_AUDIO_CHUNK_STREAM, 0, DATA, SET_DATA_FRAME + metadata)
        + full_header_message(_VIDEO_CHUNK_STREAM, 0, VIDEO, headers[VIDEO])
        + full_header_message(_AUDIO_CHUNK_STREAM, max(0, audio_ms), AUDIO, headers[AUDIO])
    )


def _first_audio_delta(audio: list[Tag]) -> int:
    """From the last sound of a round to the first of the next."""
    return SECONDS * 1000 - audio[-1].at_ms + audio[0].at_ms


def _ticks(video: list[Tag], audio: list[Tag]) -> Iterator[bytes]:
    before_ms = audio[0].at_ms - _first_audio_delta(audio)
    due = 0
    for number, frame in enumerate(video):
        parts = [chunked(_VIDEO_CHUNK_STREAM, TICK_MS, VIDEO, frame.data)]
        while due < len(audio) and audio[due].at_ms < (number + 1) * TICK_MS:
            parts.append(chunked(_AUDIO_CHUNK_STREAM, audio[due].at_ms - before_ms, AUDIO, audio[due].data))
            before_ms = audio[due].at_ms
            due += 1
        yield b"".join(parts)
