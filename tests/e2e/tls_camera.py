"""A camera's own TLS, for encoders that cannot choose the address they connect from."""

import contextlib
import socket
import ssl
import threading
from types import TracebackType
from typing import Self


class TlsCamera:
    """Takes plain RTMP on a port of its own and passes it on over TLS, from the address of the camera."""

    def __init__(self, *, address: str, rtmps_port: int) -> None:
        self._address = address
        self._rtmps_port = rtmps_port
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        self._thread = threading.Thread(target=self._serve_one, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.close()

    def _serve_one(self) -> None:
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE  # the certificate is the test's own
        plain, _ = self._server.accept()
        node = ("127.0.0.1", self._rtmps_port)
        raw = socket.create_connection(node, source_address=(self._address, 0))
        with plain, context.wrap_socket(raw) as secure:
            back = threading.Thread(target=_pump, args=(secure, plain), daemon=True)
            back.start()
            _pump(plain, secure)
            back.join(5)


def _pump(source: socket.socket, sink: socket.socket) -> None:
    """Until either side has gone; then both are told."""
    try:
        while data := source.recv(65536):
            sink.sendall(data)
    except OSError:
        pass  # the other direction has closed it
    for end in (source, sink):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
