"""Films for simulated cameras: made by FFmpeg, held in memory, playable over and over without a seam."""

import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise
from pathlib import Path

from compose.local.flv import AUDIO, DATA, VIDEO, Tag, read_tags

AAC, G711_A, G711_U, SILENT = "aac", "pcm_alaw", "pcm_mulaw", ""

_TO_MEMORY = ("-flvflags", "no_duration_filesize", "-f", "flv", "pipe:1")
# A G.711 camera sends 20 ms at a time.
_G711 = ("-ac", "1", "-af", "aresample=8000,asetnsamples=n=160")


@dataclass(frozen=True, slots=True)
class Picture:
    """What is filmed: `testsrc2` and pink noise, of which no two pieces are alike. The sound is AAC, G.711, or none."""

    width: int = 320
    height: int = 180
    frames_per_second: int = 25
    gop_seconds: int = 2
    b_frames: int = 0
    bits_per_second: int = 300_000
    sound: str = AAC
    seconds: int = 24


@dataclass(frozen=True)
class Film:
    """`headers` first, then `samples` by time, from 0 to less than `duration_ms`; then the same samples again."""

    metadata: tuple[Tag, ...]
    headers: tuple[Tag, ...]
    samples: tuple[Tag, ...]
    duration_ms: int

    @cached_property
    def frames_per_gop(self) -> int:
        """The most frames between two key frames, of which the second one counts."""
        keys = [number for number, tag in enumerate(self._frames) if tag.is_key] + [len(self._frames)]
        return max(after - before for before, after in pairwise(keys))

    @cached_property
    def _frames(self) -> list[Tag]:
        return [tag for tag in self.samples if tag.kind == VIDEO]


@lru_cache(maxsize=16)
def make_film(picture: Picture) -> Film:
    """Encode a test picture; takes about a twentieth of its length. Raises CalledProcessError."""
    frames = picture.gop_seconds * picture.frames_per_second
    size_and_rate = f"size={picture.width}x{picture.height}:rate={picture.frames_per_second}"
    noise = ("-f", "lavfi", "-i", "anoisesrc=color=pink:amplitude=0.3:sample_rate=48000:seed=1")
    sound = ("-c:a", picture.sound, *(("-b:a", "64k") if picture.sound == AAC else _G711))
    return _film_of(
        *("-f", "lavfi", "-i", f"testsrc2={size_and_rate}", *(noise if picture.sound else ())),
        *("-t", str(picture.seconds), "-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p"),
        *("-g", str(frames), "-keyint_min", str(frames), "-sc_threshold", "0", "-bf", str(picture.b_frames)),
        *("-b:v", str(picture.bits_per_second), "-maxrate", str(picture.bits_per_second)),
        *("-bufsize", str(2 * picture.bits_per_second), *(sound if picture.sound else ())),
    )


@lru_cache(maxsize=16)
def open_film(path: Path) -> Film:
    """A film that is there already: H.264, with AAC, G.711 or no sound. Raises CalledProcessError."""
    return _film_of("-i", str(path), "-map", "0:v:0", "-map", "0:a:0?", "-c", "copy")


def _film_of(*source: str) -> Film:
    command = ["ffmpeg", "-hide_banner", "-nostdin", "-v", "error", *source, *_TO_MEMORY]
    return film_of_tags(read_tags(subprocess.run(command, check=True, capture_output=True).stdout))


def film_of_tags(tags: Iterable[Tag]) -> Film:
    """A film that begins anew where it ends: as long as its video; sound that reaches beyond that is cut or wrapped."""
    tags = list(tags)
    media = [tag for tag in tags if tag.kind in (AUDIO, VIDEO) and not tag.is_header and not tag.is_end]
    video = [tag for tag in media if tag.kind == VIDEO]
    duration_ms = _duration_ms(video)
    looped = [
        one
        for kind in (AUDIO, VIDEO)
        for one in _looped([tag for tag in media if tag.kind == kind], video[0], duration_ms)
    ]
    return Film(
        metadata=tuple(tag for tag in tags if tag.kind == DATA),
        headers=tuple(tag for tag in tags if tag.is_header),
        samples=tuple(sorted(looped, key=lambda tag: tag.timestamp_ms)),
        duration_ms=duration_ms,
    )


def _duration_ms(video: Sequence[Tag]) -> int:
    """From the first frame until the first would come again."""
    span_ms = video[-1].timestamp_ms - video[0].timestamp_ms
    return round(span_ms * len(video) / (len(video) - 1))


def _looped(of_one_kind: Sequence[Tag], first_frame: Tag, duration_ms: int) -> list[Tag]:
    ends_ms = of_one_kind[0].timestamp_ms + duration_ms if of_one_kind else 0
    kept = [tag for tag in of_one_kind if tag.timestamp_ms < ends_ms]
    return [Tag(tag.kind, (tag.timestamp_ms - first_frame.timestamp_ms) % duration_ms, tag.body) for tag in kept]
