"""Numbers of single bits and of Exp-Golomb codes, as codec configurations hold them."""

from __future__ import annotations

from recordings.capture.boxes import MalformedStream

_LONGEST_ZEROS = 32


class Bits:
    """Reads bits from the front; raises MalformedStream where they end too early."""

    __slots__ = ("_bits_left", "_value")

    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data, "big")
        self._bits_left = 8 * len(data)

    def unsigned(self, width: int) -> int:
        if width > self._bits_left:
            raise MalformedStream("a codec configuration ends in the middle of a field")
        self._bits_left -= width
        return (self._value >> self._bits_left) & ((1 << width) - 1)

    def exp_golomb(self) -> int:
        """ue(v) of ITU-T H.264, 9.1."""
        zeros = 0
        while not self.unsigned(1):
            zeros += 1
            if zeros > _LONGEST_ZEROS:
                raise MalformedStream("a number in a codec configuration is beyond all measure")
        return (1 << zeros) - 1 + self.unsigned(zeros)

    def signed_exp_golomb(self) -> int:
        """se(v) of ITU-T H.264, 9.1.1."""
        code = self.exp_golomb()
        return (code + 1) // 2 if code % 2 else -(code // 2)
