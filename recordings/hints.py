"""A stream's measurements in words, with advice where they are not as they should be."""

from __future__ import annotations

from collections.abc import Iterator

from recordings.health import Health

_CODECS = {"avc1": "H.264", "mp4a.40": "AAC", "mp4a.6B": "MP3"}
_LONG_KEY_FRAME_INTERVAL_SECONDS = 5.0
_FEW_FRAMES_PER_SECOND = 8.0
_STILL_SECONDS = 1.0
_MUCH_DRIFT_PPM = 2_000.0
_SECONDS_PER_HOUR_OF_ONE_PPM = 0.0036


def measured_in_words(health: Health) -> list[tuple[str, str]]:
    """What is measured, line by line."""
    audio = codec_in_words(health.audio_codec) if health.audio_codec else "no audio"
    return [
        ("Picture", f"{health.width} × {health.height}, {health.frames_per_second:.1f} frames/s"),
        ("Video", codec_in_words(health.video_codec)),
        ("Audio", audio),
        ("Bit rate", bit_rate_in_words(health.bits_per_second)),
        ("Key frames", f"every {health.key_frame_interval_seconds:.1f} s"),
        ("Longest frame", f"{health.longest_frame_seconds:.2f} s"),
        ("Clock drift", drift_in_words(health.drift_ppm)),
    ]


def codec_in_words(codec: str) -> str:
    """A codec's usual name before its exact one (RFC 6381): H.264 (avc1.64001f)."""
    name = next((usual for prefix, usual in _CODECS.items() if codec.startswith(prefix)), "")
    return f"{name} ({codec})" if name else codec


def bit_rate_in_words(bits_per_second: float) -> str:
    """As cameras' settings pages write it: 850 kbit/s, 2.1 Mbit/s."""
    if bits_per_second < 1_000_000:
        return f"{bits_per_second / 1000:.0f} kbit/s"
    return f"{bits_per_second / 1_000_000:.1f} Mbit/s"


def drift_in_words(drift_ppm: float) -> str:
    """By how much video and clock part in an hour."""
    seconds = abs(drift_ppm) * _SECONDS_PER_HOUR_OF_ONE_PPM
    if seconds < 0.1:
        return "none"
    return f"{seconds:.1f} s per hour, video is {'behind' if drift_ppm > 0 else 'ahead of'} the clock"


def hints_of(health: Health) -> Iterator[str]:
    """What to look at, and what to change on the camera."""
    if health.key_frame_interval_seconds > _LONG_KEY_FRAME_INTERVAL_SECONDS:
        yield "Key frames are far apart. Set the key-frame interval to 2 s: live pictures start sooner, and less is lost when the connection breaks."
    if health.frames_per_second < _FEW_FRAMES_PER_SECOND:
        yield "Few frames arrive. If the camera is set to more, it or its network is overloaded."
    if health.longest_frame_seconds > _STILL_SECONDS:
        yield "The picture stood still for a moment. Look at the network between camera and media node."
    if abs(health.drift_ppm) > _MUCH_DRIFT_PPM:
        yield "The camera sends another number of frames than it declares. Set a frame rate that it can keep."
