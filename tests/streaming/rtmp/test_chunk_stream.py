"""Messages survive being cut into chunks, and chunks being cut into packets, whatever the cuts."""

import struct
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streaming.rtmp.chunk_stream import VIDEO, ChunkReader, MalformedChunks, Message, write_message

messages = st.builds(
    Message,
    kind=st.integers(3, 255),
    stream_id=st.integers(0, 2**32 - 1),
    timestamp=st.one_of(st.integers(0, 2**32 - 1), st.integers(0xFFFFFD, 0x1000001)),
    body=st.binary(max_size=700),
)
chunk_streams = st.one_of(st.integers(3, 63), st.integers(64, 319), st.integers(320, 65599))


def feed_in_pieces(reader: ChunkReader, data: bytes, cuts: list[int]) -> list[Message]:
    read: list[Message] = []
    start = 0
    for end in [*sorted(cut % (len(data) + 1) for cut in cuts), len(data)]:
        read += reader.feed(data[start:end])
        start = end
    return read


def set_chunk_size(number: int) -> bytes:
    return write_message(Message(1, 0, 0, number.to_bytes(4, "big")), chunk_stream_id=2)


@given(st.lists(st.tuples(messages, chunk_streams), max_size=6), st.integers(1, 300), st.lists(st.integers(0, 9999)))
def test_messages_come_out_as_they_went_in(sent: list[tuple[Message, int]], chunk_bytes: int, cuts: list[int]) -> None:
    data = set_chunk_size(chunk_bytes)
    for message, chunk_stream_id in sent:
        data += write_message(message, chunk_stream_id=chunk_stream_id, chunk_bytes=chunk_bytes)
    assert feed_in_pieces(ChunkReader(), data, cuts) == [message for message, _ in sent]


@given(st.binary(max_size=400), st.lists(st.integers(0, 400), max_size=5))
def test_any_bytes_are_read_or_refused(data: bytes, cuts: list[int]) -> None:
    with suppress(MalformedChunks):
        feed_in_pieces(ChunkReader(max_message_bytes=1000), data, cuts)


class TestCompressedHeaders:
    """What one header leaves out is taken from the one before (specification 5.3.1.2 and its examples in 5.3.2)."""

    def first(self, timestamp: int = 1000) -> bytes:
        return write_message(Message(8, 12345, timestamp, bytes(32)), chunk_stream_id=3)

    def test_form_2_brings_a_delta_and_form_3_counts_it_on(self) -> None:
        data = self.first() + b"\x83\x00\x00\x14" + bytes(32) + b"\xc3" + bytes(32) + b"\xc3" + bytes(32)
        assert [message.timestamp for message in ChunkReader().feed(data)] == [1000, 1020, 1040, 1060]

    def test_form_1_brings_another_length_and_kind(self) -> None:
        (_, second) = ChunkReader().feed(self.first() + b"\x43\x00\x00\x05\x00\x00\x02\x09" + b"ab")
        assert second == Message(9, 12345, 1005, b"ab")

    def test_an_extended_delta_makes_time_run_back(self) -> None:
        delta = struct.pack(">I", 2**32 - 400)
        data = self.first() + b"\x43\xff\xff\xff\x00\x00\x81\x09" + delta + bytes(128) + b"\xc3" + delta + b"\x07"
        assert ChunkReader().feed(data)[1] == Message(9, 12345, 600, bytes(128) + b"\x07")

    def test_time_goes_on_beyond_its_end(self) -> None:
        data = self.first(2**32 - 10) + b"\x83\x00\x00\x14" + bytes(32)
        assert [message.timestamp for message in ChunkReader().feed(data)] == [2**32 - 10, 10]

    def test_chunks_of_two_messages_may_alternate(self) -> None:
        audio = write_message(Message(8, 1, 7, b"a" * 200), chunk_stream_id=4)
        video = write_message(Message(9, 1, 8, b"v" * 200), chunk_stream_id=6)
        half = 12 + 128
        data = audio[:half] + video[:half] + audio[half:] + video[half:]
        assert ChunkReader().feed(data) == [Message(8, 1, 7, b"a" * 200), Message(9, 1, 8, b"v" * 200)]

    def test_an_empty_message_is_complete_with_its_header(self) -> None:
        assert ChunkReader().feed(write_message(Message(8, 1, 5, b""), chunk_stream_id=7)) == [Message(8, 1, 5, b"")]


def test_an_aborted_message_is_forgotten() -> None:
    half = write_message(Message(VIDEO, 1, 0, b"v" * 200), chunk_stream_id=6)[: 12 + 128]
    abort = write_message(Message(2, 0, 0, struct.pack(">I", 6)), chunk_stream_id=2)
    whole = write_message(Message(VIDEO, 1, 40, b"w"), chunk_stream_id=6)
    assert ChunkReader().feed(half + abort + whole) == [Message(VIDEO, 1, 40, b"w")]


class TestRefusals:
    @pytest.mark.parametrize(
        ("data", "words"),
        [
            (b"\x43" + bytes(7), "refers to another"),
            (b"\x03\x00\x00\x00\xff\xff\xff\x09" + bytes(4), "beyond all measure"),
            (set_chunk_size(0), "cannot be"),
            (set_chunk_size(2**31), "cannot be"),
            (write_message(Message(1, 0, 0, b"\x01"), chunk_stream_id=2), "too short"),
            (write_message(Message(9, 1, 0, bytes(200)), chunk_stream_id=6)[:140] + b"\x06" + bytes(11), "has ended"),
            (b"".join(write_message(Message(9, 1, 0, b""), chunk_stream_id=n) for n in range(3, 99)), "more than"),
        ],
    )
    def test_nonsense_is_refused(self, data: bytes, words: str) -> None:
        with pytest.raises(MalformedChunks, match=words):
            ChunkReader(max_message_bytes=100_000).feed(data)

    def test_messages_that_never_end_do_not_fill_the_memory(self) -> None:
        begun = [write_message(Message(9, 1, 0, bytes(90_000)), chunk_stream_id=n)[:140] for n in (3, 4, 5)]
        with pytest.raises(MalformedChunks, match="do not end"):
            ChunkReader(max_message_bytes=100_000).feed(b"".join(begun))

    @pytest.mark.parametrize(("chunk_stream_id", "chunk_bytes"), [(1, 128), (65600, 128), (3, 0)])
    def test_impossible_numbers_cannot_be_written(self, chunk_stream_id: int, chunk_bytes: int) -> None:
        with pytest.raises(ValueError):  # noqa: PT011
            write_message(Message(9, 1, 0, b""), chunk_stream_id=chunk_stream_id, chunk_bytes=chunk_bytes)
