"""Picture sizes and sampling rates are read as an encoder meant them, and nonsense is refused."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordings.capture.aac_configuration import AacConfiguration, parse_aac_configuration
from recordings.capture.avc_configuration import AvcConfiguration, parse_avc_configuration
from recordings.capture.boxes import MalformedStream
from streaming.rtmp.chunk_stream import VIDEO
from tests.recordings.capture.flv import AVC_RECORD, messages_of


@pytest.mark.ffmpeg
@pytest.mark.parametrize(
    ("size", "options", "expected"),
    [
        ("1920x1080", ["-pix_fmt", "yuv420p"], (1, 1)),
        ("322x182", ["-pix_fmt", "yuv420p", "-profile:v", "baseline"], (1, 1)),
        ("322x182", ["-pix_fmt", "yuv422p"], (1, 1)),
        ("322x182", ["-pix_fmt", "yuv444p"], (1, 1)),
        ("720x576", ["-pix_fmt", "yuv420p", "-aspect", "16:9"], (64, 45)),
        ("704x576", ["-pix_fmt", "yuv420p", "-vf", "setsar=12/11"], (12, 11)),
        ("720x576", ["-pix_fmt", "yuv420p", "-x264-params", "interlaced=1"], (1, 1)),
        ("640x364", ["-pix_fmt", "yuv420p", "-x264-params", "interlaced=1"], (1, 1)),
        ("640x360", ["-pix_fmt", "yuv420p", "-x264-params", "cqm=jvt"], (1, 1)),
    ],
)
def test_the_size_is_what_the_encoder_was_given(
    ffmpeg: Callable[..., bytes], size: str, options: list[str], expected: tuple[int, int], tmp_path: Path
) -> None:
    flv = tmp_path / "picture.flv"
    ffmpeg("-f", "lavfi", "-i", f"color=size={size}", "-frames:v", "1", *options, "-c:v", "libx264", flv)
    record = next(message.body[5:] for message in messages_of(flv.read_bytes()) if message.kind == VIDEO)
    assert parse_avc_configuration(record) == AvcConfiguration(record, *map(int, size.split("x")), expected)


@pytest.mark.parametrize("length", range(len(AVC_RECORD) - 20))
def test_a_record_that_is_cut_off_is_refused(length: int) -> None:
    with pytest.raises(MalformedStream):
        parse_avc_configuration(AVC_RECORD[:length])


@pytest.mark.parametrize(
    ("record", "rate", "channels", "frame_ticks"),
    [
        ("1190", 48000, 2, 1024),
        ("1588", 8000, 1, 1024),
        ("1194", 48000, 2, 960),
        ("2b920800", 22050, 2, 1024),  # HE-AAC: 22050 in the core, 44100 to be heard
        ("17807d0010", 64000, 2, 1024),
    ],
)
def test_sound_is_counted_in_samples_of_the_core(record: str, rate: int, channels: int, frame_ticks: int) -> None:
    data = bytes.fromhex(record)
    assert parse_aac_configuration(data) == AacConfiguration(data, rate, channels, frame_ticks)


@pytest.mark.parametrize("record", ["", "11", "1690", "f8", "17800000100000", "11c0", "00" * 70])
def test_other_sound_is_refused(record: str) -> None:
    with pytest.raises(MalformedStream):
        parse_aac_configuration(bytes.fromhex(record))


@given(st.binary(max_size=80), st.binary(max_size=40))
def test_any_bytes_are_read_or_refused(record: bytes, parameters: bytes) -> None:
    unit = b"\x67" + parameters
    for attempt in (record, b"\x01d\x00\x0d\xff\xe1" + len(unit).to_bytes(2, "big") + unit):
        with suppress(MalformedStream):
            parse_avc_configuration(attempt)
    with suppress(MalformedStream):
        parse_aac_configuration(record)
