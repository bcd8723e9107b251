"""The recorder's own source: whole fragments out of a real socket, and an end that is told in plain words."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recordings.capture.flv_media import UnknownMedia
from recordings.capture.fragments import Fragment, FragmentSplitter, InitSegment, MalformedStream
from recordings.capture.packaging import PICTURE_CHANGED, Packager
from recordings.capture.rtmp_source import RtmpSource
from recordings.capture.source import FragmentSource
from streaming.rtmp.chunk_stream import AUDIO, Message, write_message
from streaming.rtmp.errors import RtmpError
from streaming.rtmp.handshake import BLOCK_BYTES
from streaming.rtmp.player import Player
from tests.recordings.capture.flv import AVC_RECORD, aac_configuration, avc_configuration, picture, sound

# What nginx-rtmp sent in a play of eight seconds of 160x90, B-frames, and sound, from handshake to end of stream.
RECORDED = (Path(__file__).parent / "data" / "nginx_play.rtmp").read_bytes()
HANDSHAKE = b"\x03" + bytes(2 * BLOCK_BYTES)
Play = Callable[..., RtmpSource]


class Server:
    """Accepts one player, says what it was told to say, and then closes, or keeps silent until the test is over."""

    def __init__(self, says: bytes, *, closes: bool) -> None:
        self._over = threading.Event()
        self._says = says
        self._closes = closes
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        connection, _ = self._listener.accept()
        with connection:
            connection.recv(4096)
            connection.sendall(self._says)
            if self._closes:
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(4096):
                    pass
            else:
                self._over.wait()

    def close(self) -> None:
        self._over.set()
        self._thread.join()
        self._listener.close()


@pytest.fixture
def play() -> Iterator[Play]:
    """A source that plays from a server that says these bytes."""
    servers: list[Server] = []
    sources: list[RtmpSource] = []

    def begin(says: bytes, *, closes: bool = False, **limits: float) -> RtmpSource:
        servers.append(Server(says, closes=closes))
        sources.append(RtmpSource("127.0.0.1", servers[-1].port, application="ingest", stream="gate", **limits))
        sources[-1].start()
        return sources[-1]

    yield begin
    for source in sources:
        source.stop()
    for server in servers:
        server.close()


def said(*messages: Message) -> bytes:
    return HANDSHAKE + b"".join(write_message(message, chunk_stream_id=6) for message in messages)


def pieces_of(source: FragmentSource) -> Iterator[bytes]:
    while (piece := source.read(20)) != b"":
        assert piece is not None, "nothing came for 20 s"
        yield piece


class TestPlay:
    def test_each_read_gives_an_init_segment_or_one_fragment(self, play: Play) -> None:
        source = play(RECORDED)
        pieces = list(pieces_of(source))
        init, *fragments = FragmentSplitter().feed(b"".join(pieces))
        assert isinstance(init, InitSegment)
        assert pieces == [init.data, *(fragment.data for fragment in fragments)]
        assert (init.width, init.height, init.audio_codec) == (160, 90, "mp4a.40.2")
        assert all(isinstance(fragment, Fragment) and fragment.is_key for fragment in fragments)

    def test_the_end_of_the_publish_is_in_order(self, play: Play) -> None:
        source = play(RECORDED)
        assert source.exit_code is None
        list(pieces_of(source))
        assert (source.exit_code, source.last_stderr_lines) == (0, ["the publish has ended"])
        assert source.read(0) == b""

    def test_nothing_new_in_time_is_none(self, play: Play) -> None:
        source = play(said(avc_configuration(), picture(0, key=True)))
        assert source.read(0.3) is None
        assert source.exit_code is None

    def test_a_changed_picture_is_another_init_segment_with_its_reason(self, play: Play) -> None:
        other = avc_configuration(AVC_RECORD[:-1] + b"\xc9", at=2000)
        source = play(said(avc_configuration(), picture(0, key=True), other, picture(2000, key=True)), closes=True)
        reasons = [(piece[4:8], source.new_init_reason) for piece in pieces_of(source)]
        assert reasons == [(b"ftyp", ""), (b"moof", ""), (b"ftyp", PICTURE_CHANGED), (b"moof", PICTURE_CHANGED)]


class TestRecordedServer:
    """Player and packager, without a socket."""

    @settings(max_examples=40, deadline=None)
    @given(st.lists(st.integers(0, len(RECORDED)), max_size=60))
    def test_any_pieces_give_the_same_fragments(self, cuts: list[int]) -> None:
        assert package(RECORDED, sorted(cuts)) == package(RECORDED, [])

    @settings(max_examples=80, deadline=None)
    @given(st.data())
    def test_flipped_bytes_are_never_anything_but_malformed(self, data: st.DataObject) -> None:
        damaged = bytearray(RECORDED)
        for _ in range(data.draw(st.integers(1, 8))):
            damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
        with suppress(RtmpError, MalformedStream):
            package(bytes(damaged), [])


def package(data: bytes, cuts: list[int]) -> list[bytes]:
    player, packager = Player(application="ingest", stream="gate", server_url="rtmp://node/ingest"), Packager()
    pieces = []
    for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True):
        if player.end is None:
            pieces += packager.feed(player.feed(data[start:end]), 0)
    return [piece.data for piece in [*pieces, *packager.finish()]]


class TestEnds:
    def test_a_connection_that_closes_without_a_word_is_a_failure_but_nothing_is_lost(self, play: Play) -> None:
        source = play(said(avc_configuration(), picture(0, key=True)), closes=True)
        assert [piece[4:8] for piece in pieces_of(source)] == [b"ftyp", b"moof"]
        assert source.exit_code == 1
        assert source.last_stderr_lines == ["the server closed the connection"]

    def test_stopping_gives_what_has_arrived(self, play: Play) -> None:
        source = play(said(avc_configuration(), picture(0, key=True)))
        assert source.read(0.3) is None
        source.stop()
        source.stop()
        assert [piece[4:8] for piece in pieces_of(source)] == [b"ftyp", b"moof"]
        assert source.exit_code == 0

    def test_silence_is_an_end(self, play: Play) -> None:
        source = play(said(avc_configuration(), picture(0, key=True)), silence_seconds=0.5)
        assert [piece[4:8] for piece in pieces_of(source)] == [b"ftyp", b"moof"]
        assert source.exit_code == 1
        assert "nothing came for" in source.last_stderr_lines[0]

    def test_a_server_that_is_not_there_is_an_oserror(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        with pytest.raises(OSError, match="refused"):
            RtmpSource("127.0.0.1", port, application="ingest", stream="gate").start()

    def test_a_source_is_started_once_and_before_it_is_read(self, play: Play) -> None:
        with pytest.raises(RuntimeError):
            play(RECORDED).start()
        with pytest.raises(RuntimeError):
            RtmpSource("127.0.0.1", 1, application="ingest", stream="gate").read(1)


class TestRefusals:
    def test_unknown_sound_from_the_beginning_makes_no_file(self, play: Play) -> None:
        source = play(said(avc_configuration(), picture(0, key=True), Message(AUDIO, 1, 0, b"\x8e\xff")))
        with pytest.raises(UnknownMedia) as refusal:
            list(pieces_of(source))
        assert (refusal.value.track, refusal.value.what) == ("audio", "G.711 mu-law")
        assert source.exit_code == 1

    def test_nonsense_is_refused_after_what_was_in_order(self, play: Play) -> None:
        good = [avc_configuration(), aac_configuration(), picture(0, key=True), sound(10), picture(40)]
        source = play(said(*good) + b"\x43" * 100)
        kinds = []
        with pytest.raises(MalformedStream):
            kinds += [piece[4:8] for piece in pieces_of(source)]
        assert "refers" in source.last_stderr_lines[0] or "message" in source.last_stderr_lines[0]

    def test_another_protocol_is_refused(self, play: Play) -> None:
        source = play(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        with pytest.raises(MalformedStream, match="version 72"):
            list(pieces_of(source))
