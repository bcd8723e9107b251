"""What AAC's configuration says of the sound (AudioSpecificConfig, ISO/IEC 14496-3, 1.6.2.1 and 4.4.1)."""

from __future__ import annotations

from dataclasses import dataclass

from recordings.capture.bits import Bits
from recordings.capture.boxes import MalformedStream
from recordings.capture.flv_media import UnknownMedia

_RATES = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350)
_EXPLICIT_RATE = 15
_CHANNELS = (2, 1, 2, 3, 4, 5, 6, 8)  # 0: told in the frames themselves
_PLAIN = frozenset({1, 2, 3, 4})  # Main, LC, SSR, LTP
_WITH_EXTENSION = frozenset({5, 29})  # HE-AAC and HE-AAC v2, said outright
_LONGEST_BYTES = 64  # so that every length in `esds` is one byte


@dataclass(frozen=True, slots=True)
class AacConfiguration:
    """The configuration as it came; `rate` is samples per second of the core coder, of which a frame has `frame_ticks`."""

    record: bytes
    rate: int
    channels: int
    frame_ticks: int


def parse_aac_configuration(record: bytes) -> AacConfiguration:
    """Raises MalformedStream where it ends too early, UnknownMedia for other MPEG-4 audio than AAC."""
    if len(record) > _LONGEST_BYTES:
        raise UnknownMedia(f"AAC with a configuration of {len(record)} bytes", "audio")
    bits = Bits(record)
    kind = _object_type(bits)
    rate = _rate(bits)
    channels = bits.unsigned(4)
    if kind in _WITH_EXTENSION:
        _rate(bits)
        kind = _object_type(bits)
    if kind not in _PLAIN or channels >= len(_CHANNELS):
        raise UnknownMedia(f"MPEG-4 audio of object type {kind} with channel layout {channels}", "audio")
    return AacConfiguration(record, rate, _CHANNELS[channels], 960 if bits.unsigned(1) else 1024)


def _object_type(bits: Bits) -> int:
    kind = bits.unsigned(5)
    return 32 + bits.unsigned(6) if kind == 31 else kind


def _rate(bits: Bits) -> int:
    index = bits.unsigned(4)
    rate = bits.unsigned(24) if index == _EXPLICIT_RATE else _RATES[index] if index < len(_RATES) else 0
    if not 1000 <= rate <= 200_000:
        raise MalformedStream(f"the AAC configuration speaks of {rate} samples per second")
    return rate
