"""A camera's own TLS, for encoders that cannot choose the address they connect from."""

import asyncio
import ssl
import threading
from types import TracebackType
from typing import Self


class TlsCamera:
    """Takes plain RTMP on a port of its own and passes it on over TLS, from the address of the camera."""

    def __init__(self, *, address: str, port: int) -> None:
        self._address = address
        self._port_of_node = port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self.port = 0

    def __enter__(self) -> Self:
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._leave(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _listen(self) -> asyncio.Server:
        return await asyncio.start_server(self._pass_on, "127.0.0.1", 0)

    async def _leave(self) -> None:
        self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        node_reader, node_writer = await self._connect()
        ways = [_pump(reader, node_writer), _pump(node_reader, writer)]
        try:
            await asyncio.wait(map(asyncio.ensure_future, ways), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for end in (writer, node_writer):
                end.transport.abort()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE  # the certificate is the test's own
        return await asyncio.open_connection(
            "127.0.0.1", self._port_of_node, ssl=context, local_addr=(self._address, 0)
        )


class FarCamera(TlsCamera):
    """Takes plain RTMP on a port of its own and passes it on as nginx's TLS does: first it tells the camera's address.

    So a camera may come from any address, though it runs on this machine (PROXY protocol, version 1).
    """

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port_of_node)
        writer.write(f"PROXY TCP4 {self._address} 127.0.0.1 50000 1935\r\n".encode())
        return reader, writer


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while data := await source.read(65536):
        sink.write(data)
        await sink.drain()
