"""FLV becomes the messages that RTMP carries, or is refused."""

import subprocess
from collections.abc import Callable

import pytest

from compose.local.flv import AUDIO, DATA, VIDEO, MalformedFlv, Tag, read_tags


def written(*tags: Tag) -> bytes:
    """An FLV file of these tags."""
    data = b"FLV\x01\x05" + (9).to_bytes(4) + bytes(4)
    for tag in tags:
        low, high = tag.timestamp_ms & 0xFFFFFF, tag.timestamp_ms >> 24
        head = bytes([tag.kind]) + len(tag.body).to_bytes(3) + low.to_bytes(3) + bytes([high]) + bytes(3)
        data += head + tag.body + (11 + len(tag.body)).to_bytes(4)
    return data


FRAME = Tag(VIDEO, 40, b"\x27\x01\0\0\x28frame")
KEY = Tag(VIDEO, 0, b"\x17\x01\0\0\0key")
SOUND = Tag(AUDIO, 21, b"\xaf\x01sound")


def test_tags_come_back_as_they_were_written() -> None:
    late = Tag(VIDEO, 0x01020304, b"\x27\x01\0\0\0late")
    assert list(read_tags(written(KEY, SOUND, FRAME, late))) == [KEY, SOUND, FRAME, late]


@pytest.mark.parametrize("cut", [1, 5, 12])
def test_a_file_that_ends_within_a_tag_is_refused(cut: int) -> None:
    with pytest.raises(MalformedFlv, match="not whole"):
        list(read_tags(written(KEY, FRAME)[: -4 - cut]))


def test_something_else_is_refused() -> None:
    with pytest.raises(MalformedFlv, match="no FLV"):
        list(read_tags(b"\0\0\0\x18ftypmp42"))


@pytest.mark.parametrize(
    ("tag", "payload"),
    [(FRAME, b"frame"), (SOUND, b"sound"), (Tag(AUDIO, 0, b"\x72g711"), b"g711")],
)
def test_the_payload_is_what_the_encoder_made(tag: Tag, payload: bytes) -> None:
    assert tag.payload == payload


def test_headers_key_frames_and_ends_are_told_apart() -> None:
    parameters, end = Tag(VIDEO, 0, b"\x17\0\0\0\0avcC"), Tag(VIDEO, 9, b"\x17\x02\0\0\0")
    tags = [parameters, Tag(AUDIO, 0, b"\xaf\0asc"), KEY, FRAME, SOUND, end, Tag(DATA, 0, b"\x02\0\x01x")]
    assert [tag for tag in tags if tag.is_header] == tags[:2]
    assert [tag for tag in tags if tag.is_key] == [KEY]
    assert [tag for tag in tags if tag.is_end] == [end]


@pytest.mark.ffmpeg
def test_what_ffmpeg_writes_is_read_to_the_last_frame() -> None:
    source = ["-f", "lavfi", "-i", "testsrc2=size=64x48:rate=10", "-t", "3", "-c:v", "libx264", "-g", "10"]
    command = ["ffmpeg", "-v", "error", *source, "-flvflags", "no_duration_filesize", "-f", "flv", "pipe:1"]
    tags = list(read_tags(subprocess.run(command, check=True, capture_output=True).stdout))
    count: Callable[[str], int] = lambda fact: sum(bool(getattr(tag, fact)) for tag in tags)  # noqa: E731
    assert (count("is_header"), count("is_key"), count("is_end")) == (1, 3, 1)
    assert sum(tag.kind == VIDEO for tag in tags) == 30 + 2
