"""AMF0 says what was meant, and refuses nonsense by name."""

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streaming.rtmp.amf0 import MAX_BYTES, UNDEFINED, EcmaArray, MalformedAmf0, Value, decode, encode

texts = st.text(st.characters(codec="utf-8"), max_size=20)
plain = st.one_of(
    st.none(),
    st.just(UNDEFINED),
    st.booleans(),
    st.floats(allow_nan=False),
    texts,
    st.integers(-(2**40), 2**40).map(lambda ms: datetime.fromtimestamp(ms // 1000, UTC)),
)
values = st.recursive(
    plain,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(texts, inner, max_size=4),
        st.dictionaries(texts, inner, max_size=4).map(EcmaArray),
    ),
    max_leaves=12,
)


@given(st.lists(values, max_size=5))
def test_what_was_written_is_read_again(given_values: list[Value]) -> None:
    assert decode(encode(*given_values)) == given_values


def test_an_array_of_names_stays_one() -> None:
    (read,) = decode(encode(EcmaArray(width=1280, videocodecid="avc1")))
    assert isinstance(read, EcmaArray)
    assert read == {"width": 1280.0, "videocodecid": "avc1"}


def test_a_connect_command_is_what_the_specification_prints() -> None:
    assert encode("connect", 1, {"app": "live"}) == (
        b"\x02\x00\x07connect" + b"\x00\x3f\xf0" + bytes(6) + b"\x03\x00\x03app\x02\x00\x04live\x00\x00\x09"
    )


def test_a_text_of_more_than_65535_bytes_goes_and_comes() -> None:
    assert decode(encode("é" * 40_000)) == ["é" * 40_000]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\x00\x3f", "ends in the middle"),
        (b"\x03\x00\x01a", "ends in the middle"),
        (b"\x0a\xff\xff\xff\xff", "ends in the middle"),
        (b"\x07\x00\x01", "no AMF0 type"),
        (b"\x0a\x00\x00\x00\x01" * 40 + b"\x05", "nested deeper"),
        (b"\x0b\x7f\xf8" + bytes(8), "calendar"),
        (b"\x0b\x7f\xe0" + bytes(8), "calendar"),
        (b"\x05" * (MAX_BYTES + 1), "beyond all measure"),
    ],
)
def test_nonsense_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(MalformedAmf0, match=words):
        decode(data)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with suppress(MalformedAmf0):
        decode(data)


@pytest.mark.parametrize("value", [object(), datetime(2026, 1, 1), {"x" * 70_000: None}])  # noqa: DTZ001
def test_what_has_no_notation_cannot_be_written(value: Value) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        encode(value)
