"""A media node: a small HTTP server that answers as nginx-rtmp's statistics and control pages do, and its callbacks."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from xml.sax.saxutils import escape

import pytest
from asgiref.sync import async_to_sync
from django.conf import settings
from django.http import HttpResponse
from time_machine import Traveller, travel

from cameras.models import Camera
from streaming import ingest
from streaming.models import MediaNode, PublishSession
from streaming.stream_keys import IssuedKey

NOON = datetime(2030, 6, 1, 12, tzinfo=UTC)


@dataclass(slots=True)
class LiveStream:
    """One stream of the node: who publishes it, and what."""

    name: str
    client_id: int
    video_codec: str = "H264"
    width: int = 1280
    height: int = 720
    bytes_in: int = 100_000
    encoder: str = "FMLE/3.0"
    players: int = 0
    application: str = "ingest"


@dataclass(slots=True)
class MediaServer:
    """What nginx-rtmp has at the moment, and what it was told to do."""

    url: str
    streams: list[LiveStream] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    fails_with: int = 0
    says: str | None = None

    def publishes(self, name: str, client_id: int, **facts: Any) -> None:
        """A publisher has a name from now on; there is one at most."""
        self.streams = [stream for stream in self.streams if stream.name != name]
        self.streams.append(LiveStream(name, client_id, **facts))

    def answer(self, path: str, query: dict[str, list[str]]) -> str:
        """The body of a page."""
        self.asked.append(path)
        if self.says is not None:
            return self.says
        if path == "/stat":
            return statistics_of(self.streams)
        name = query["name"][0]
        ended = [stream for stream in self.streams if (stream.application, stream.name) == (query["app"][0], name)]
        self.streams = [stream for stream in self.streams if stream not in ended]
        self.dropped += [stream.name for stream in ended]
        return f"{len(ended)}\n"


def statistics_of(streams: list[LiveStream]) -> str:
    """ngx_rtmp_stat_module's page, shortened by what nobody reads."""
    applications = {stream.application for stream in streams} | {"ingest"}
    inside = "".join(
        f"<application>\n<name>{name}</name>\n<live>"
        + "".join(_stream_xml(stream) for stream in streams if stream.application == name)
        + "<nclients>1</nclients></live>\n</application>\n"
        for name in sorted(applications)
    )
    head = '<?xml version="1.0" encoding="utf-8" ?>\n<?xml-stylesheet type="text/xsl" href="stat.xsl" ?>\n'
    return f"{head}<rtmp>\n<pid>4711</pid>\n<uptime>60</uptime>\n<server>\n{inside}</server>\n</rtmp>\n"


def _stream_xml(stream: LiveStream) -> str:
    player = "<client><id>9000</id><address>127.0.0.1</address><time>3000</time><active/></client>"
    return (
        f"<stream>\n<name>{escape(stream.name)}</name>\n<time>60000</time><bw_in>2000000</bw_in>"
        f"<bytes_in>{stream.bytes_in}</bytes_in><bw_out>0</bw_out>{player * stream.players}"
        f"<client><id>{stream.client_id}</id><address>203.0.113.9</address><time>60000</time>"
        f"<flashver>{escape(stream.encoder)}</flashver><publishing/><active/></client>"
        f"<meta><video><width>{stream.width}</width><height>{stream.height}</height><frame_rate>25</frame_rate>"
        f"<codec>{stream.video_codec}</codec></video><audio><codec>AAC</codec></audio></meta>"
        f"<nclients>{1 + stream.players}</nclients><publishing/><active/></stream>\n"
    )


@pytest.fixture
def media_server() -> Iterator[MediaServer]:
    """A media server on a loopback port of its own."""
    known = MediaServer("")

    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            body = known.answer(parts.path, parse_qs(parts.query)).encode()
            self.send_response(known.fails_with or 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Pages) as server:
        known.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield known
        server.shutdown()
        thread.join()


@pytest.fixture
def node(node: MediaNode, media_server: MediaServer) -> MediaNode:
    """The node of the cast, with control pages that answer."""
    node.control_url = media_server.url
    node.save()
    return node


Ask = Callable[..., HttpResponse]


def ask_application(path: str, body: bytes = b"", *, method: str = "POST", headers: dict[str, str]) -> HttpResponse:
    """Send a request to the whole ASGI application, as nginx's proxy does."""
    from vms.asgi import application

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": b"",
        "headers": [
            (name.lower().encode(), value.encode()) for name, value in {"Host": "testserver", **headers}.items()
        ],
    }

    sent: list[Any] = []
    unread = [{"type": "http.request", "body": body}]

    async def receive() -> dict[str, Any]:
        return unread.pop() if unread else await asyncio.get_running_loop().create_future()

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    # Called as it is: a communicator would hide the test's thread, and with it the test's transaction.
    async_to_sync(application)(scope, receive, send)
    told = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return HttpResponse(sent[1].get("body", b""), status=sent[0]["status"], headers=told)


@pytest.fixture
def ask(node: MediaNode) -> Ask:
    """Ask as the node's nginx does: `ask("publish", name=…, key=…, clientid=…)`; `pid`, `secret` go into headers."""

    def ask_portal(
        question: str, *, pid: object = 4711, secret: str | None = None, node_name: str = node.name, **fields: Any
    ) -> HttpResponse:
        headers = {
            "X-VMS-Node-Secret": settings.NODE_SECRET if secret is None else secret,
            "X-VMS-Node": node_name,
            "X-VMS-Nginx-Pid": str(pid),
        }
        return ask_application(f"/internal/rtmp/{question}", urlencode(fields).encode(), headers=headers)

    return ask_portal


@pytest.fixture
def knock(ask: Ask, camera: Camera, stream_key: IssuedKey) -> Ask:
    """The camera knocks with its key: `knock()`, `knock("update")`, `knock(key="wrong")`; None leaves a field out."""

    def knock_with(question: str = "publish", **changes: Any) -> HttpResponse:
        calls = {"publish": "publish", "update": "update_publish", "publish-done": "publish_done"}
        facts = {"app": "ingest", "name": camera.public_id, "key": stream_key.secret, "clientid": 7, "type": "live"}
        facts |= {"addr": "203.0.113.9", "flashver": "FMLE/3.0", "call": calls[question]}
        return ask(question, **{name: value for name, value in {**facts, **changes}.items() if value is not None})

    return knock_with


@pytest.fixture
def clock() -> Iterator[Traveller]:
    """A clock that stands still at noon until it is moved."""
    with travel(NOON, tick=False) as moved:
        yield moved


@pytest.fixture
def live(clock: Traveller, knock: Ask, camera: Camera, media_server: MediaServer) -> PublishSession:
    """The camera publishes as client 7 since noon, and video has been seen."""
    assert knock().status_code == 204
    media_server.publishes(camera.public_id, 7)
    session = PublishSession.objects.get()
    ingest.confirm_flowing(session)
    return session
