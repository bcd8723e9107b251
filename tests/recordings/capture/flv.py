"""A camera's messages, written by hand or taken from FLV files."""

from collections.abc import Iterator

from streaming.rtmp.chunk_stream import AUDIO, VIDEO, Message

# 320x240, Baseline, level 1.3, by x264.
AVC_RECORD = bytes.fromhex("0142c00dffe100166742c00dda0507ec0440000003004000000ca3c50aa801000468ce0fc8")
AAC_RECORD = bytes.fromhex("1190")  # LC, 48 kHz, stereo
PICTURE = bytes.fromhex("00000004 65888400")


def avc_configuration(record: bytes = AVC_RECORD, *, at: int = 0) -> Message:
    return Message(VIDEO, 1, at & 0xFFFFFFFF, b"\x17\x00\x00\x00\x00" + record)


def aac_configuration(record: bytes = AAC_RECORD, *, at: int = 0) -> Message:
    return Message(AUDIO, 1, at & 0xFFFFFFFF, b"\xaf\x00" + record)


def picture(at: int, *, key: bool = False, shown_after: int = 0, payload: bytes = PICTURE) -> Message:
    head = bytes([0x17 if key else 0x27, 1]) + shown_after.to_bytes(3, "big", signed=True)
    return Message(VIDEO, 1, at & 0xFFFFFFFF, head + payload)


def sound(at: int, payload: bytes = b"\x21\x10\x05") -> Message:
    return Message(AUDIO, 1, at & 0xFFFFFFFF, b"\xaf\x01" + payload)


def messages_of(flv: bytes) -> Iterator[Message]:
    """The tags of an FLV file, as RTMP would carry them."""
    offset = 13
    while offset < len(flv):
        length = int.from_bytes(flv[offset + 1 : offset + 4], "big")
        timestamp = int.from_bytes(flv[offset + 7 : offset + 8] + flv[offset + 4 : offset + 7], "big")
        yield Message(flv[offset], 1, timestamp, flv[offset + 11 : offset + 11 + length])
        offset += 15 + length
