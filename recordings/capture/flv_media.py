"""What the bodies of RTMP's audio and video messages hold: FLV tags (Adobe, "Video File Format" 10.1, Annex E.4)."""

from __future__ import annotations

from enum import Enum
from typing import Final, Literal

from recordings.capture.boxes import MalformedStream

VIDEO_HEADER_BYTES: Final = 5
SOUND_HEADER_BYTES: Final = 2

_AVC = 7
_AAC = 10
_ENHANCED = 0x80  # Veovera, "Enhanced RTMP", 1: the highest bit, then a FourCC instead of the codec's number
_ENHANCED_SOUND = 9
_KEY_FRAME, _COMMAND_FRAME = 1, 5
_VIDEO_CODECS = {
    **{2: "Sorenson H.263", 3: "Screen Video", 4: "VP6", 5: "VP6 with alpha", 6: "Screen Video 2"},
    **{8: "H.263", 9: "MPEG-4 Part 2", 12: "H.265", 13: "AV1"},
}
_SOUND_CODECS = {
    **{0: "uncompressed PCM", 1: "ADPCM", 2: "MP3", 3: "uncompressed PCM", 4: "Nellymoser", 5: "Nellymoser"},
    **{6: "Nellymoser", 7: "G.711 A-law", 8: "G.711 mu-law", 11: "Speex", 13: "Opus", 14: "MP3", 15: "a device's own"},
}
_FOUR_CHARACTER_CODES = {
    **{b"hvc1": "H.265", b"vvc1": "H.266", b"av01": "AV1", b"vp08": "VP8", b"vp09": "VP9"},
    **{b"avc1": "H.264 in an enhanced header", b"mp4a": "AAC in an enhanced header", b"Opus": "Opus"},
    **{b"fLaC": "FLAC", b"ac-3": "AC-3", b"ec-3": "E-AC-3", b".mp3": "MP3"},
}


class UnknownMedia(MalformedStream):
    """Sound or video in order, but of a kind that only FFmpeg can keep. `what` it is, and of which `track`."""

    def __init__(self, what: str, track: Literal["audio", "video"]) -> None:
        super().__init__(f"the {track} is {what}")
        self.what = what
        self.track = track


class Packet(Enum):
    """What a message holds."""

    CONFIGURATION = "configuration"
    MEDIA = "media"
    NOTHING = "nothing"


_AVC_PACKETS = {0: Packet.CONFIGURATION, 1: Packet.MEDIA, 2: Packet.NOTHING}


def read_video(body: bytes) -> tuple[Packet, bool, int]:
    """(what it is, whether decoding can start there, composition offset in milliseconds); behind VIDEO_HEADER_BYTES
    lies the rest. Raises UnknownMedia, MalformedStream.
    """
    if not body:
        return Packet.NOTHING, False, 0  # nginx-rtmp sends such
    first = body[0]
    if first & 0x8F != _AVC:
        raise UnknownMedia(_video_name(body), "video")
    frame = first >> 4
    if frame == _COMMAND_FRAME:
        return Packet.NOTHING, False, 0
    if len(body) < VIDEO_HEADER_BYTES or body[1] not in _AVC_PACKETS:
        raise MalformedStream("an H.264 message has no whole header")
    if body[1] == 1 and len(body) == VIDEO_HEADER_BYTES:
        return Packet.NOTHING, False, 0
    return _AVC_PACKETS[body[1]], frame == _KEY_FRAME, int.from_bytes(body[2:5], "big", signed=True)


def read_sound(body: bytes) -> Packet:
    """What it is; behind SOUND_HEADER_BYTES lies the rest. Raises UnknownMedia."""
    if not body:
        return Packet.NOTHING
    if body[0] >> 4 != _AAC:
        raise UnknownMedia(_sound_name(body), "audio")
    if len(body) <= SOUND_HEADER_BYTES:
        return Packet.NOTHING
    return Packet.MEDIA if body[1] else Packet.CONFIGURATION


def _video_name(body: bytes) -> str:
    if body[0] & _ENHANCED:
        return _four_character_name(body)
    number = body[0] & 0x0F
    return _VIDEO_CODECS.get(number, f"of unknown kind {number}")


def _sound_name(body: bytes) -> str:
    number = body[0] >> 4
    if number == _ENHANCED_SOUND:
        return _four_character_name(body)
    return _SOUND_CODECS.get(number, f"of unknown kind {number}")


def _four_character_name(body: bytes) -> str:
    code = body[1:5]
    return _FOUR_CHARACTER_CODES.get(code, f"of unknown kind {code.decode('latin-1')!r}")
