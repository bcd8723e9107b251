"""The opening of an RTMP connection, seen from the client (specification 5.2): no digest, which no server insists on."""

from __future__ import annotations

import os

from streaming.rtmp.errors import RtmpError

VERSION = 3
BLOCK_BYTES = 1536
_ANSWER_BYTES = 1 + 2 * BLOCK_BYTES


class MalformedHandshake(RtmpError):
    """The server speaks something else than RTMP version 3."""


class ClientHandshake:
    """Send `opening`, feed what comes until the reply is there, send that, and `rest` is the first of the chunk stream."""

    def __init__(self) -> None:
        # Zeros behind the time (5.2.3) also tell Adobe's and nginx's server that no digest follows.
        self.opening = bytes([VERSION]) + bytes(8) + os.urandom(BLOCK_BYTES - 8)
        self.rest = b""
        self._received = b""

    def feed(self, data: bytes) -> bytes | None:
        """C2, once S0, S1 and S2 are whole (5.2.4); None until then. Raises MalformedHandshake."""
        self._received += data
        if self._received and self._received[0] != VERSION:
            raise MalformedHandshake(f"the server offers version {self._received[0]} of RTMP, or is none")
        if len(self._received) < _ANSWER_BYTES:
            return None
        self.rest = self._received[_ANSWER_BYTES:]
        return self._received[1 : 1 + BLOCK_BYTES]
