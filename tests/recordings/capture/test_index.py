"""The index file: every field comes back, damage is seen, and the layout is the one that is written down."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordings.capture.index import (
    HEADER_BYTES,
    Index,
    IndexHeader,
    IndexRecord,
    MalformedIndex,
    digest_of,
    pack_header,
    pack_record,
    read_index,
    unpack_header,
    unpack_record,
    write_index,
)
from recordings.capture.index_columns import KEY_FLAG, RECORD_BYTES, whole_records

U32 = st.integers(0, 2**32 - 1)
U64 = st.integers(0, 2**64 - 1)
RECORDS = st.builds(
    IndexRecord,
    offset=U64,
    length=U32,
    start_us=st.integers(-(2**63), 2**63 - 1),
    duration_us=U32,
    decode_ticks=U64,
    duration_ticks=U32,
    frames=U32,
    key_bytes=U32,
    is_key=st.booleans(),
    digest=st.binary(min_size=12, max_size=12),
)
FIRST = IndexRecord(700, 5000, 1_795_000_000_000_000, 2_000_000, 0, 32_000, 50, 900, True, bytes(range(12)))


@given(RECORDS)
def test_every_record_comes_back(record: IndexRecord) -> None:
    packed = pack_record(record)
    assert len(packed) == RECORD_BYTES
    assert unpack_record(packed) == record


@given(U32, U32)
def test_every_header_comes_back(timescale: int, init_bytes: int) -> None:
    packed = pack_header(IndexHeader(timescale, init_bytes))
    assert len(packed) == HEADER_BYTES
    assert unpack_header(packed) == IndexHeader(timescale, init_bytes)


def test_the_bytes_are_as_the_docstring_says() -> None:
    assert pack_header(IndexHeader(16_000, 700)).hex() == (
        "89564d534944580a" "0100" "4000" "803e0000" "bc020000" + "00" * 40 + "3902f01e"
    )  # fmt: skip
    assert pack_record(FIRST).hex() == (
        "bc02000000000000" "88130000" "01000000" "00305f018b600600" "80841e00" "007d0000" "0000000000000000"
        "32000000" "84030000" "000102030405060708090a0b" "f18d8278"
    )  # fmt: skip


@given(RECORDS, st.integers(0, RECORD_BYTES * 8 - 1))
def test_one_flipped_bit_is_seen(record: IndexRecord, bit: int) -> None:
    packed = bytearray(pack_record(record))
    packed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(MalformedIndex):
        unpack_record(bytes(packed))


def test_a_number_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        pack_record(FIRST._replace(duration_us=2**32))
    with pytest.raises(ValueError, match="does not fit"):
        pack_record(FIRST._replace(duration_us=-1))


def test_reading_stops_at_a_damaged_record_and_at_one_that_does_not_continue(tmp_path: Path) -> None:
    second = FIRST._replace(offset=FIRST.end_offset, start_us=FIRST.end_us)
    third = second._replace(offset=second.end_offset, start_us=second.end_us)
    header = pack_header(IndexHeader(16_000, 700))
    damaged = pack_record(second)[:-1] + b"\0"
    for middle in (damaged, pack_record(second._replace(offset=second.offset + 1)), bytes(RECORD_BYTES)):
        (tmp_path / "x.idx").write_bytes(header + pack_record(FIRST) + middle + pack_record(third))
        assert read_index(tmp_path / "x.idx").records == (FIRST,)


def many(count: int) -> Index:
    """An index of fragments that follow each other."""
    header, records = IndexHeader(16_000, 700), [FIRST]
    for number in range(1, count):
        before = records[-1]
        moved = {"offset": before.end_offset, "start_us": before.end_us, "decode_ticks": number * 32_000}
        records.append(FIRST._replace(**moved, length=5000 + number, is_key=number % 3 == 0))
    return Index.of(header, records)


@given(st.integers(0, 20 * RECORD_BYTES * 8 - 1))
def test_reading_stops_at_the_record_that_has_a_wrong_bit_wherever_it_is(bit: int) -> None:
    packed = bytearray(many(20).packed)
    packed[bit // 8] ^= 1 << bit % 8
    assert whole_records(bytes(packed), 700) == bit // 8 // RECORD_BYTES


@given(st.integers(0, 20 * RECORD_BYTES))
def test_reading_stops_where_the_file_ends(length: int) -> None:
    assert whole_records(many(20).packed[:length], 700) == length // RECORD_BYTES


def test_columns_say_what_the_records_say() -> None:
    index = many(20)
    columns = index.columns
    assert list(zip(columns.offsets, columns.lengths, strict=True)) == [
        (one.offset, one.length) for one in index.records
    ]
    assert list(columns.starts_us) == [one.start_us for one in index.records]
    assert list(columns.durations_us) == [one.duration_us for one in index.records]
    assert list(columns.decode_ticks) == [one.decode_ticks for one in index.records]
    assert list(columns.duration_ticks) == [one.duration_ticks for one in index.records]
    assert [flags & KEY_FLAG != 0 for flags in columns.flags] == [one.is_key for one in index.records]


@given(st.integers(-3, 45), st.integers(1, 45))
def test_columns_between_two_instants_are_those_with_footage_there(start_seconds: int, length_seconds: int) -> None:
    index = many(20)
    start_us = FIRST.start_us + 1_000_000 * start_seconds
    end_us = start_us + 1_000_000 * length_seconds
    wanted = [one.offset for one in index.records if one.end_us > start_us and one.start_us < end_us]
    assert list(index.columns.between(start_us, end_us).offsets) == wanted


@pytest.mark.parametrize("data", [b"", b"\x89VMSIDX\n", bytes(64), pack_header(IndexHeader(1, 1))[:-1]])
def test_what_is_no_index_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x.idx").write_bytes(data)
    with pytest.raises(MalformedIndex):
        read_index(tmp_path / "x.idx")


@given(st.binary(max_size=200))
def test_garbage_is_never_an_index(garbage: bytes) -> None:
    with pytest.raises(MalformedIndex):
        unpack_header(garbage)
    with pytest.raises(MalformedIndex):
        unpack_record(garbage)


def test_writing_replaces_all_at_once_and_leaves_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "x.idx"
    path.write_bytes(b"torn")
    index = Index.of(IndexHeader(16_000, 700), (FIRST,))
    write_index(path, index)
    assert read_index(path) == index
    assert [found.name for found in tmp_path.iterdir()] == ["x.idx"]


def test_an_index_knows_where_the_media_ends() -> None:
    index = Index.of(IndexHeader(16_000, 700), (FIRST,))
    assert index.media_bytes == 5700
    assert index.within(5699).media_bytes == 700
    assert index.within(5700) == index


def test_a_digest_does_not_depend_on_how_the_bytes_are_cut() -> None:
    assert digest_of(b"ab", b"c") == digest_of(b"abc")
    assert len(digest_of()) == 12
