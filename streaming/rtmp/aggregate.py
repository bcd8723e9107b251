"""Aggregate messages: several messages in one (specification 7.1.6)."""

from __future__ import annotations

from collections.abc import Iterator

from streaming.rtmp.chunk_stream import Message
from streaming.rtmp.errors import RtmpError

_HEADER_BYTES = 11
_BACK_POINTER_BYTES = 4


class MalformedAggregate(RtmpError):
    """The parts are longer than the whole."""


def split_aggregate(whole: Message) -> Iterator[Message]:
    """The messages inside, their time stamps shifted so that the first has that of the whole. Raises MalformedAggregate."""
    body = whole.body
    offset = 0
    shift: int | None = None
    while offset < len(body):
        start = offset + _HEADER_BYTES
        end = start + int.from_bytes(body[offset + 1 : offset + 4], "big")
        if end > len(body):
            raise MalformedAggregate("an aggregate message ends in the middle of a message")
        # The highest byte of the time comes last, as in FLV.
        timestamp = int.from_bytes(body[offset + 7 : offset + 8] + body[offset + 4 : offset + 7], "big")
        if shift is None:
            shift = whole.timestamp - timestamp
        yield Message(body[offset], whole.stream_id, (timestamp + shift) & 0xFFFFFFFF, body[start:end])
        offset = end + _BACK_POINTER_BYTES
