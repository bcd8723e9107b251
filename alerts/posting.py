"""One POST to an address that a person chose: to checked addresses only, within one time for all of it, bounded.

Names are looked up once, when the connection is made, and the connection goes to what was looked up: a name that has
another address a moment later (DNS rebinding) changes nothing. Redirects are not followed, proxies of the environment
not asked.
"""

import ssl
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import httpcore2
from django.conf import settings

from alerts.destinations import AddressNotAllowed, addresses_of

_MOST_BYTES_READ: Final = 4096


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of it. `status` is None when nobody answered; then `error` says why."""

    status: int | None
    duration_ms: int
    start: str = ""
    error: str = ""

    @property
    def is_good(self) -> bool:
        """Whether the receiver has taken it."""
        return self.status is not None and 200 <= self.status < 300


def post(url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    """Send it, and tell what came of it. Raises nothing."""
    begun = time.monotonic()
    backend = _Checked(begun + settings.WEBHOOK_TIMEOUT_SECONDS)
    sent = {"Content-Type": "application/json", "User-Agent": "VMS-Webhook/1", "Connection": "close", **headers}
    try:
        with (
            httpcore2.ConnectionPool(ssl_context=_certificates(), network_backend=backend) as pool,
            pool.stream("POST", url, headers=[*sent.items()], content=body) as response,
        ):
            start = _start_of(response.iter_stream())
            return Answer(response.status, _since(begun), start)
    except (AddressNotAllowed, OSError, httpcore2.TimeoutException) as error:
        return Answer(None, _since(begun), error=_words(error))
    except (httpcore2.NetworkError, httpcore2.ProtocolError, httpcore2.UnsupportedProtocol, ValueError) as error:
        return Answer(None, _since(begun), error=_words(error))


class _Timed(httpcore2.NetworkStream):
    """A connection on which nothing lasts longer than the whole may."""

    def __init__(self, stream: httpcore2.NetworkStream, deadline: float) -> None:
        self._stream, self._deadline = stream, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Bytes that have come."""
        return self._stream.read(max_bytes, _left(self._deadline))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send bytes."""
        self._stream.write(buffer, _left(self._deadline))

    def close(self) -> None:
        """End it."""
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        """The same, encrypted; the certificate must be for the name, not for the address."""
        inner = self._stream.start_tls(ssl_context, server_hostname, _left(self._deadline))
        return _Timed(inner, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        """What the pool asks about the connection."""
        return self._stream.get_extra_info(info)


class _Checked(httpcore2.NetworkBackend):
    """Makes connections to addresses that are allowed."""

    def __init__(self, deadline: float) -> None:
        self._deadline, self._inner = deadline, httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        """A connection to the first address of the host that takes one. Raises AddressNotAllowed."""
        last: Exception | None = None
        for address in addresses_of(host, port):
            try:
                stream = self._inner.connect_tcp(address, port, _left(self._deadline))
                return _Timed(stream, self._deadline)
            except httpcore2.ConnectError as error:
                last = error
        raise last or AddressNotAllowed(f"{host} has no address")


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise httpcore2.ReadTimeout("it took too long")
    return left


def _start_of(parts: Iterable[bytes]) -> str:
    """The beginning of an answer as text that can be kept; the rest is not read."""
    read = b""
    for part in parts:
        read += part
        if len(read) >= _MOST_BYTES_READ:
            break
    return read[:_MOST_BYTES_READ].decode("utf-8", "replace").replace("\x00", "")


def _since(begun: float) -> int:
    return round((time.monotonic() - begun) * 1000)


def _words(error: Exception) -> str:
    if isinstance(error, httpcore2.TimeoutException):
        return f"no answer within {settings.WEBHOOK_TIMEOUT_SECONDS} seconds"
    return (str(error) or type(error).__name__)[:200]


@cache
def _certificates() -> ssl.SSLContext:
    return httpcore2.default_ssl_context()
