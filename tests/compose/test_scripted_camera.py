"""A camera sends what its script says, and says so when the node does not let it."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compose.local.camera_scripts import play, stamped
from compose.local.film import Film
from compose.local.flv import AUDIO, VIDEO, Tag
from compose.local.rtmp_publish import PublishDropped, PublishRefused, wire_of
from compose.local.scripted_camera import Fleet, Publisher, main
from streaming.rtmp import amf0
from streaming.rtmp.chunk_stream import ChunkReader, Message, write_message
from tests.compose.conftest import BAD_NAME

MakeNode = Callable[..., Any]
SET_CHUNK_SIZE = Message(1, 0, 0, (4096).to_bytes(4))


async def test_the_node_gets_every_message_in_order_with_its_time_stamp(make_node: MakeNode, film: Film) -> None:
    node = await make_node()
    cues = list(play(film, seconds=0.5))
    camera = Publisher(node.url, cues)
    await camera.publish()
    metadata, *media = node.media
    assert amf0.decode(metadata.body) == ["@setDataFrame", "onMetaData", {"width": 320}]
    assert [(message.kind, message.timestamp, message.body) for message in media] == [
        (cue.tag.kind, cue.timestamp_ms, cue.tag.body) for cue in cues[1:]
    ]
    assert (camera.frames_sent, camera.sounds_sent) == (5, 2)
    assert [command[0] for command in node.commands] == ["connect", "createStream", "publish", "deleteStream"]
    assert node.commands[2][3:] == ["camera?key=secret", "live"]


async def test_time_stamps_of_more_than_24_bits_arrive(make_node: MakeNode, film: Film) -> None:
    node = await make_node()
    cues = list(stamped(play(film, seconds=0.3), 2**24 - 150))
    await Publisher(node.url, cues).publish()
    assert [message.timestamp for message in node.media] == [cue.timestamp_ms for cue in cues]
    assert [message.body for message in node.media[1:]] == [cue.tag.body for cue in cues[1:]]


async def test_a_refused_camera_says_why(make_node: MakeNode, film: Film) -> None:
    node = await make_node(BAD_NAME)
    camera = Publisher(node.url, play(film, seconds=1))
    with pytest.raises(PublishRefused, match="BadName publishing"):
        await camera.publish()
    assert camera.frames_sent == 0


async def test_a_camera_that_is_left_before_it_begins_says_so(film: Film) -> None:
    async with await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(PublishRefused, match="closed the connection"):
            await Publisher(f"rtmp://127.0.0.1:{port}/ingest/camera", play(film, seconds=1)).publish()


async def test_a_dropped_camera_says_so(make_node: MakeNode, film: Film) -> None:
    node = await make_node(drops_after=3)
    camera = Publisher(node.url, play(film, seconds=60))
    with pytest.raises(PublishDropped, match="closed the connection"):
        await camera.publish()
    assert camera.frames_sent < 600


async def test_many_cameras_publish_at_once_from_a_thread(make_node: MakeNode, film: Film) -> None:
    node = await make_node()
    with Fleet() as fleet:
        cameras = [Publisher(node.url, play(film, seconds=1)) for _ in range(20)]
        await asyncio.gather(*(asyncio.wrap_future(fleet.start(camera)) for camera in cameras))
    assert {camera.frames_sent for camera in cameras} == {10}
    assert len(node.media) == 20 * (1 + 2 + 10 + 4)


def test_the_program_ends_with_1_when_there_is_no_node(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rtmp://127.0.0.1:1/ingest/camera", "--script", "plain", "--seconds", "1"]) == 1
    assert "ConnectionRefusedError" in capsys.readouterr().err


@given(
    st.sampled_from([AUDIO, VIDEO]),
    st.integers(0, 2**32 - 1) | st.integers(2**24 - 3, 2**24 + 3),
    st.binary(max_size=10_000),
)
def test_a_patched_message_is_the_message_written_with_that_time(kind: int, timestamp_ms: int, body: bytes) -> None:
    reader = ChunkReader()
    reader.feed(write_message(SET_CHUNK_SIZE, chunk_stream_id=2))
    assert reader.feed(wire_of(Tag(kind, 7, body), timestamp_ms)) == [Message(kind, 1, timestamp_ms, body)]
