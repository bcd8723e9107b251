"""What H.264's configuration says of the picture (ISO/IEC 14496-15, 5.3.3.1, and ITU-T H.264, 7.3.2.1.1 and Annex E)."""

from __future__ import annotations

from dataclasses import dataclass

from recordings.capture.bits import Bits
from recordings.capture.boxes import Fields, MalformedStream

_PROFILES_WITH_CHROMA = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135})
_LARGEST_SIDE = 16384
_EXTENDED_RATIO = 255
_LONGEST_UNIT_BYTES = 1024
_RATIOS = (
    *((1, 1), (1, 1), (12, 11), (10, 11), (16, 11), (40, 33), (24, 11), (20, 11), (32, 11)),
    *((80, 33), (18, 11), (15, 11), (64, 33), (160, 99), (4, 3), (3, 2), (2, 1)),
)  # Table E-1; 0 is "unspecified"


@dataclass(frozen=True, slots=True)
class AvcConfiguration:
    """The record as it came, and the picture's size in pixels, of which each may be wider than high."""

    record: bytes
    width: int
    height: int
    pixel_ratio: tuple[int, int] = (1, 1)


def parse_avc_configuration(record: bytes) -> AvcConfiguration:
    """Read an AVCDecoderConfigurationRecord. Raises MalformedStream."""
    fields = Fields(memoryview(record))
    if fields.unsigned(1) != 1:
        raise MalformedStream("the H.264 configuration is of an unknown version")
    fields.take(4)
    if not fields.unsigned(1) & 0x1F:
        raise MalformedStream("the H.264 configuration has no sequence parameter set")
    unit = bytes(fields.take(fields.unsigned(2)))
    if len(unit) < 4 or unit[0] & 0x1F != 7:
        raise MalformedStream("the H.264 configuration has no sequence parameter set")
    # What keeps start codes out of the unit (7.4.1) is taken out again.
    return _read_parameters(record, Bits(unit[1:_LONGEST_UNIT_BYTES].replace(b"\0\0\3", b"\0\0")))


def _read_parameters(record: bytes, bits: Bits) -> AvcConfiguration:
    profile = bits.unsigned(8)
    bits.unsigned(16)
    bits.exp_golomb()
    chroma_format = _read_chroma(bits) if profile in _PROFILES_WITH_CHROMA else 1
    bits.exp_golomb()
    _skip_picture_order(bits)
    bits.exp_golomb()
    bits.unsigned(1)
    width = 16 * (bits.exp_golomb() + 1)
    map_units = bits.exp_golomb() + 1
    frames_only = bits.unsigned(1)
    if not frames_only:
        bits.unsigned(1)
    bits.unsigned(1)
    cut_width, cut_height = _read_cropping(bits, chroma_format, frames_only)
    width -= cut_width
    height = 16 * map_units * (2 - frames_only) - cut_height
    if not (0 < width <= _LARGEST_SIDE and 0 < height <= _LARGEST_SIDE):
        raise MalformedStream(f"the H.264 configuration speaks of a picture of {width}x{height}")
    return AvcConfiguration(record, width, height, _read_pixel_ratio(bits))


def _read_chroma(bits: Bits) -> int:
    """chroma_format_idc, or 0 where the colours are coded as three pictures, which are cropped alike (7.4.2.1.1)."""
    chroma_format = bits.exp_golomb()
    separate = bits.unsigned(1) if chroma_format == 3 else 0
    bits.exp_golomb()
    bits.exp_golomb()
    bits.unsigned(1)
    if bits.unsigned(1):
        for place in range(12 if chroma_format == 3 else 8):
            if bits.unsigned(1):
                _skip_scaling_list(bits, 16 if place < 6 else 64)
    return 0 if separate else chroma_format


def _skip_scaling_list(bits: Bits, size: int) -> None:
    """7.3.2.1.1.1: numbers follow until one says that the rest is like it."""
    scale = 8
    for _ in range(size):
        scale = (scale + bits.signed_exp_golomb()) % 256
        if scale == 0:
            return


def _skip_picture_order(bits: Bits) -> None:
    kind = bits.exp_golomb()
    if kind == 0:
        bits.exp_golomb()
    elif kind == 1:
        bits.unsigned(1)
        bits.exp_golomb()
        bits.exp_golomb()
        for _ in range(min(bits.exp_golomb(), 255)):
            bits.exp_golomb()


def _read_cropping(bits: Bits, chroma_format: int, frames_only: int) -> tuple[int, int]:
    """Pixels cut off, across and down (7.4.2.1.1, CropUnitX and CropUnitY)."""
    if not bits.unsigned(1):
        return 0, 0
    left, right, top, bottom = (bits.exp_golomb() for _ in range(4))
    unit_width = 2 if chroma_format in (1, 2) else 1
    unit_height = (2 if chroma_format == 1 else 1) * (2 - frames_only)
    return unit_width * (left + right), unit_height * (top + bottom)


def _read_pixel_ratio(bits: Bits) -> tuple[int, int]:
    """Width and height of a pixel (E.1.1); a cut-off end means that nothing is said of it."""
    try:
        if not bits.unsigned(1) or not bits.unsigned(1):
            return 1, 1
        known = bits.unsigned(8)
        ratio = (bits.unsigned(16), bits.unsigned(16)) if known == _EXTENDED_RATIO else _known_ratio(known)
    except MalformedStream:
        return 1, 1
    return ratio if all(ratio) else (1, 1)


def _known_ratio(number: int) -> tuple[int, int]:
    return _RATIOS[number] if number < len(_RATIOS) else (1, 1)
