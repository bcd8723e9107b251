"""Reads FLV: the messages of a film, in the form in which RTMP carries them (Adobe, FLV 10.1, annex E)."""

from collections.abc import Iterator
from dataclasses import dataclass

AUDIO, VIDEO, DATA = 8, 9, 18

_AAC, _AVC = 10, 7
_HEADER, _END = 0, 2
_FILE_HEADER_BYTES = 9
_TAG_HEADER_BYTES = 11
_SIZE_AFTER_TAG_BYTES = 4


class MalformedFlv(Exception):
    """The bytes are no FLV, or end within a tag."""


@dataclass(frozen=True, slots=True)
class Tag:
    """One message: a frame, a piece of sound, a codec's header, or facts about the film. The time is of decoding."""

    kind: int
    timestamp_ms: int
    body: bytes

    @property
    def is_header(self) -> bool:
        """Whether a decoder needs it before the first frame: the parameter sets of H.264, the configuration of AAC."""
        return self._has_packet_type and self.body[1] == _HEADER

    @property
    def is_end(self) -> bool:
        """Whether it says that no more H.264 follows."""
        return self.kind == VIDEO and self._has_packet_type and self.body[1] == _END

    @property
    def is_key(self) -> bool:
        """Whether decoding can start with this frame."""
        return self.kind == VIDEO and self.body[0] >> 4 == 1 and not self.is_header and not self.is_end

    @property
    def payload(self) -> bytes:
        """The frame or the sound itself, as the encoder made it."""
        if self.kind == VIDEO:
            return self.body[5:]
        return self.body[2:] if self._has_packet_type else self.body[1:]

    @property
    def _has_packet_type(self) -> bool:
        if self.kind == VIDEO:
            return self.body[0] & 15 == _AVC
        return self.kind == AUDIO and self.body[0] >> 4 == _AAC


def read_tags(data: bytes) -> Iterator[Tag]:
    """Every tag of a whole FLV file. Raises MalformedFlv."""
    if data[:3] != b"FLV" or len(data) < _FILE_HEADER_BYTES:
        raise MalformedFlv("this is no FLV file")
    place = int.from_bytes(data[5:9]) + _SIZE_AFTER_TAG_BYTES
    while place < len(data):
        body_at = place + _TAG_HEADER_BYTES
        body_bytes = int.from_bytes(data[place + 1 : place + 4])
        body = data[body_at : body_at + body_bytes]
        if len(body) < body_bytes or not body:
            raise MalformedFlv(f"the tag at {place} is not whole")
        timestamp_ms = data[place + 7] << 24 | int.from_bytes(data[place + 4 : place + 7])
        yield Tag(data[place] & 31, timestamp_ms, body)
        place = body_at + body_bytes + _SIZE_AFTER_TAG_BYTES
