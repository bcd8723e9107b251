"""The handshake is answered when it is whole, however it comes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streaming.rtmp.handshake import BLOCK_BYTES, ClientHandshake, MalformedHandshake

ANSWER = b"\x03" + b"1" * BLOCK_BYTES + b"2" * BLOCK_BYTES


@given(st.integers(0, len(ANSWER)))
def test_the_server_gets_its_own_block_back_and_what_follows_is_kept(cut: int) -> None:
    handshake = ClientHandshake()
    assert len(handshake.opening) == 1 + BLOCK_BYTES
    replies = [handshake.feed(ANSWER[:cut]), handshake.feed(ANSWER[cut:] + b"chunks")]
    assert [reply for reply in replies if reply is not None][-1] == b"1" * BLOCK_BYTES
    assert handshake.rest == b"chunks"


def test_another_protocol_is_refused() -> None:
    with pytest.raises(MalformedHandshake, match="version 72"):
        ClientHandshake().feed(b"HTTP/1.1 400 Bad Request")
