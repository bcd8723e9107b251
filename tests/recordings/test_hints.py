"""Measurements in words."""

from dataclasses import replace

import pytest
from django.utils import timezone

from recordings import hints
from recordings.health import Health

GOOD = Health(
    frames_per_second=25,
    bits_per_second=2_100_000,
    key_frame_interval_seconds=2,
    video_codec="avc1.64001f",
    audio_codec="mp4a.40.2",
    width=1280,
    height=720,
    longest_frame_seconds=0.04,
    drift_ppm=10,
    at=timezone.now(),
)


def test_a_good_stream_needs_no_advice() -> None:
    assert list(hints.hints_of(GOOD)) == []
    assert dict(hints.measured_in_words(GOOD)) == {
        "Picture": "1280 × 720, 25.0 frames/s",
        "Video": "H.264 (avc1.64001f)",
        "Audio": "AAC (mp4a.40.2)",
        "Bit rate": "2.1 Mbit/s",
        "Key frames": "every 2.0 s",
        "Longest frame": "0.04 s",
        "Clock drift": "none",
    }


@pytest.mark.parametrize(
    ("change", "advice"),
    [
        ({"key_frame_interval_seconds": 10}, "key-frame interval"),
        ({"frames_per_second": 3}, "Few frames"),
        ({"longest_frame_seconds": 4}, "stood still"),
        ({"drift_ppm": -9000}, "frame rate that it can keep"),
    ],
)
def test_what_is_not_right_comes_with_advice(change: dict[str, float], advice: str) -> None:
    told = list(hints.hints_of(replace(GOOD, **change)))

    assert len(told) == 1
    assert advice in told[0]


def test_drift_is_told_per_hour_and_by_direction() -> None:
    assert hints.drift_in_words(1000) == "3.6 s per hour, video is behind the clock"
    assert hints.drift_in_words(-1000) == "3.6 s per hour, video is ahead of the clock"


def test_small_bit_rates_and_unknown_codecs_are_told_as_they_are() -> None:
    assert hints.bit_rate_in_words(850_400) == "850 kbit/s"
    assert hints.codec_in_words("vp09.00") == "vp09.00"
    assert dict(hints.measured_in_words(replace(GOOD, audio_codec="")))["Audio"] == "no audio"
