"""Argument lists for FFmpeg, and how to show them.

Times in options are FFmpeg's: `-rw_timeout` and `-max_interleave_delta` in microseconds.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_QUIET = ("-hide_banner", "-nostdin", "-v", "warning")
_READ_TIMEOUT_US = "15000000"
# Video must be there, so that a stream of which only the audio was found ends FFmpeg instead of being kept without picture.
_VIDEO_AND_MAYBE_AUDIO = ("-map", "0:v:0", "-map", "0:a:0?")
_FRAGMENTS = "frag_keyframe+empty_moov+default_base_moof+skip_trailer"
_H264 = (
    *("-c:v", "libx264", "-preset", "veryfast", "-tune", "zerolatency", "-pix_fmt", "yuv420p"),
    *("-force_key_frames", "expr:gte(t,n_forced*2)"),
)
_FILE_BITS_PER_SECOND = 2_000_000
_AAC = ("-c:a", "aac", "-b:a", "96k", "-ar", "48000")
_CLOCK = (
    "drawtext=text=%{gmtime} UTC:fontsize=h/12:fontcolor=white:box=1:boxcolor=black:boxborderw=8:x=(w-tw)/2:y=h-2*lh"
)

# What FFmpeg's MP4 muxer says of audio that it has no name for (libavformat/movenc.c, mux.c).
CANNOT_BE_COPIED = "codec not currently supported in container"

_KEY = re.compile(r"((?:^|[?&\s'\"])key=)[^&\s'\"]+")
_PLAIN_ARGUMENT = re.compile(r"[\w./:=@+-]+", re.ASCII)
_LEAVES_QUOTES = re.compile(r'["$`%\\!\r\n]')


@dataclass(frozen=True, slots=True)
class Picture:
    """What a test camera shows: one of FFmpeg's video sources (`testsrc2`, `life`, `mandelbrot`…), and maybe a clock."""

    source: str = "testsrc2"
    width: int = 1280
    height: int = 720
    frames_per_second: int = 25
    shows_clock: bool = False
    bits_per_second: int = 2_000_000


TEST_PICTURE = Picture()


def record_command(ffmpeg: str, source_url: str, *, copies_audio: bool = True) -> list[str]:
    """Copy a stream to standard output as fragmented MP4: one moof and mdat per key frame, written at once.

    `-max_interleave_delta` keeps video from waiting for audio that stopped. `skip_trailer`, because nobody seeks in a pipe.
    Without `copies_audio` audio becomes AAC: MP4 and browsers know no G.711 or Speex.
    """
    codecs = ("-c", "copy") if copies_audio else ("-c:v", "copy", *_AAC)
    return [
        *(ffmpeg, *_QUIET, "-rw_timeout", _READ_TIMEOUT_US, "-i", source_url),
        *(*_VIDEO_AND_MAYBE_AUDIO, *codecs, "-max_interleave_delta", "500000"),
        *("-f", "mp4", "-movflags", _FRAGMENTS, "-flush_packets", "1", "pipe:1"),
    ]


def publish_picture_command(ffmpeg: str, publish_url: str, *, picture: Picture = TEST_PICTURE) -> list[str]:
    """Publish a test picture with a tone as H.264 and AAC, a key frame every two seconds."""
    size_and_rate = f"size={picture.width}x{picture.height}:rate={picture.frames_per_second}"
    clock = ("-vf", _CLOCK) if picture.shows_clock else ()
    return [
        *(ffmpeg, *_QUIET, "-re", "-f", "lavfi", "-i", f"{picture.source}={size_and_rate}"),
        *("-re", "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000"),
        *(*clock, *_H264, *_bitrate(picture.bits_per_second), *_AAC, "-f", "flv", publish_url),
    ]


def publish_file_command(ffmpeg: str, path: str, publish_url: str, *, reencode: bool = True) -> list[str]:
    """Publish a video file over and over, at its own speed.

    Without re-encoding it costs next to nothing, but the file must hold H.264 without B-frames, and AAC or no audio.
    """
    codecs = (*_H264, *_bitrate(_FILE_BITS_PER_SECOND), *_AAC) if reencode else ("-c", "copy")
    return [
        *(ffmpeg, *_QUIET, "-re", "-stream_loop", "-1", "-i", path),
        *(*_VIDEO_AND_MAYBE_AUDIO, *codecs, "-f", "flv", publish_url),
    ]


def shell_line(argv: Sequence[str]) -> str:
    """The command as a line for sh, PowerShell and cmd.exe alike, which agree on double quotes only.

    Raises ValueError for an argument that one of them would read as something else.
    """
    return " ".join(_quoted(argument) for argument in argv)


def redact(argv: Sequence[str]) -> list[str]:
    """The same arguments with every stream key replaced by ***."""
    return [redact_text(argument) for argument in argv]


def redact_text(text: str) -> str:
    """The same text, of a log or of FFmpeg's standard error, with every stream key replaced by ***."""
    return _KEY.sub(r"\1***", text)


def _bitrate(bits_per_second: int) -> tuple[str, ...]:
    kilobits = bits_per_second // 1000
    return ("-b:v", f"{kilobits}k", "-maxrate", f"{kilobits}k", "-bufsize", f"{2 * kilobits}k")


def _quoted(argument: str) -> str:
    if _PLAIN_ARGUMENT.fullmatch(argument):
        return argument
    if _LEAVES_QUOTES.search(argument):
        raise ValueError(f"cannot be quoted for every shell: {redact_text(argument)!r}")
    return f'"{argument}"'
