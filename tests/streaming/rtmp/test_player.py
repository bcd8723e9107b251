"""The player asks for a stream as the specification says, answers what it must, and knows an end when it sees one."""

import struct
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streaming.rtmp import amf0
from streaming.rtmp.chunk_stream import ChunkReader, Message, write_message
from streaming.rtmp.errors import RtmpError
from streaming.rtmp.handshake import BLOCK_BYTES
from streaming.rtmp.player import End, Player

HANDSHAKE = b"\x03" + bytes(2 * BLOCK_BYTES)
RECORDED = Path(__file__).parents[2] / "recordings" / "capture" / "data" / "nginx_play.rtmp"


class Server:
    """The other end of a player, by hand: says things, and reads what the player says."""

    def __init__(self) -> None:
        self.player = Player(application="ingest", stream="gate", server_url="rtmp://node:1935/ingest")
        self._reader = ChunkReader()
        opening = self.player.take_output()
        assert len(opening) == 1 + BLOCK_BYTES
        self.heard(HANDSHAKE, after_bytes=BLOCK_BYTES)

    def heard(self, data: bytes, *, after_bytes: int = 0) -> list[Message]:
        """What the player answers to these bytes."""
        self.player.feed(data)
        self.answers = self._reader.feed(self.player.take_output()[after_bytes:])
        return self.answers

    def command(self, *values: amf0.Value) -> list[Message]:
        return self.heard(write_message(Message(20, 0, 0, amf0.encode(*values)), chunk_stream_id=3))

    def control(self, kind: int, body: bytes) -> list[Message]:
        return self.heard(write_message(Message(kind, 0, 0, body), chunk_stream_id=2))

    def status(self, level: str, code: str) -> End | None:
        self.command("onStatus", 0, None, {"level": level, "code": code, "description": "Told by the server"})
        return self.player.end


def media(message: Message) -> bytes:
    return write_message(message, chunk_stream_id=6)


class TestAsking:
    def test_it_connects_makes_a_stream_and_plays_it(self) -> None:
        server = Server()
        (connect,) = server.answers
        name, transaction, features = amf0.decode(connect.body)
        assert (name, transaction) == ("connect", 1)
        assert isinstance(features, dict)
        assert (features["app"], features["tcUrl"]) == ("ingest", "rtmp://node:1935/ingest")
        (create,) = server.command("_result", 1, {}, {"code": "NetConnection.Connect.Success"})
        assert amf0.decode(create.body) == ["createStream", 2, None]
        (play,) = server.command("_result", 2, None, 7)
        assert play.stream_id == 7
        assert amf0.decode(play.body) == ["play", 0, None, "gate", -1]

    def test_a_stream_without_a_number_is_refused(self) -> None:
        with pytest.raises(RtmpError, match="without a number"):
            Server().command("_result", 2, None, "seven")


class TestAnswering:
    def test_a_ping_gets_its_own_time_back(self) -> None:
        (pong,) = Server().control(4, b"\x00\x06\x01\x02\x03\x04")
        assert (pong.kind, pong.body) == (4, b"\x00\x07\x01\x02\x03\x04")

    def test_the_bandwidth_is_accepted(self) -> None:
        (window,) = Server().control(6, struct.pack(">IB", 5_000_000, 2))
        assert (window.kind, window.body) == (5, struct.pack(">I", 5_000_000))

    def test_bytes_are_acknowledged_before_the_server_waits_for_it(self) -> None:
        server = Server()
        server.control(5, struct.pack(">I", 2000))
        assert server.heard(media(Message(9, 1, 0, bytes(500)))) == []
        (acknowledgement,) = server.heard(media(Message(9, 1, 40, bytes(600))))
        assert acknowledgement.kind == 3
        assert int.from_bytes(acknowledgement.body, "big") > 1100


class TestMedia:
    def test_sound_pictures_and_data_are_passed_on(self) -> None:
        sent = [Message(18, 1, 0, b"meta"), Message(8, 1, 5, b"sound"), Message(9, 1, 9, b"picture")]
        assert Server().player.feed(b"".join(map(media, sent))) == sent

    def test_an_aggregate_is_taken_apart(self) -> None:
        def part(kind: int, at: int, body: bytes) -> bytes:
            time = (at & 0xFFFFFF).to_bytes(3, "big") + bytes([at >> 24])
            return bytes([kind]) + len(body).to_bytes(3, "big") + time + bytes(3) + body + bytes(4)

        whole = Message(22, 1, 500, part(8, 0x1000000, b"a") + part(9, 0x1000028, b"v"))
        assert Server().player.feed(media(whole)) == [Message(8, 1, 500, b"a"), Message(9, 1, 540, b"v")]

    def test_an_aggregate_that_promises_too_much_is_refused(self) -> None:
        with pytest.raises(RtmpError, match="in the middle"):
            Server().player.feed(media(Message(22, 1, 0, b"\x08\x00\x00\x09" + bytes(8))))


class TestEnds:
    @pytest.mark.parametrize("code", ["NetStream.Play.UnpublishNotify", "NetStream.Play.Stop"])
    def test_the_end_of_the_publish_is_in_order(self, code: str) -> None:
        end = Server().status("status", code)
        assert end is not None
        assert end.orderly

    def test_nginx_tells_it_by_the_end_of_the_stream(self) -> None:
        server = Server()
        server.control(4, b"\x00\x01\x00\x00\x00\x01")
        assert server.player.end == End("the publish has ended", orderly=True)

    def test_a_stream_that_nobody_publishes_is_a_failure(self) -> None:
        assert Server().status("error", "NetStream.Play.StreamNotFound") == End(
            "nobody publishes this stream", orderly=False
        )

    def test_another_failure_is_told_in_the_words_of_the_server(self) -> None:
        end = Server().status("error", "NetStream.Play.Failed")
        assert end == End("the server reports Told by the server", orderly=False)

    def test_a_refusal_is_an_end(self) -> None:
        server = Server()
        server.command("_error", 1, None, {"description": "No such application"})
        assert server.player.end == End("the server refused: No such application", orderly=False)

    def test_a_start_is_none(self) -> None:
        assert Server().status("status", "NetStream.Play.Start") is None


class TestRecordedServer:
    """The bytes that nginx-rtmp sent in a play of eight seconds."""

    def test_any_pieces_give_the_same_messages(self) -> None:
        data = RECORDED.read_bytes()
        whole = self.play(data, [])
        assert {message.kind for message in whole} == {8, 9, 18}

        @settings(max_examples=40, deadline=None)
        @given(st.lists(st.integers(0, len(data)), max_size=60))
        def check(cuts: list[int]) -> None:
            assert self.play(data, sorted(cuts)) == whole

        check()

    @settings(max_examples=80, deadline=None)
    @given(st.data())
    def test_flipped_bytes_are_never_anything_but_refused(self, data: st.DataObject) -> None:
        damaged = bytearray(RECORDED.read_bytes())
        for _ in range(data.draw(st.integers(1, 8))):
            damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
        with suppress(RtmpError):
            self.play(bytes(damaged), [data.draw(st.integers(0, len(damaged)))])

    def play(self, data: bytes, cuts: list[int]) -> list[Message]:
        player = Player(application="ingest", stream="gate", server_url="rtmp://node/ingest")
        messages: list[Message] = []
        for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True):
            if player.end is None:
                messages += player.feed(data[start:end])
        assert player.end is not None or len(messages) < 2000
        return messages
