"""nginx-rtmp: statistics by /stat (XML), control by /control.

Fields: https://github.com/arut/nginx-rtmp-module/wiki/Directives#statistics and ngx_rtmp_stat_module.c.
"""

import re
from functools import cache
from ssl import SSLContext
from xml.etree import ElementTree

import httpx2

from streaming.gateway.base import GatewayError, LivePublisher, NodeSight

APPLICATION = "ingest"
_TIMEOUT_SECONDS = 3.0
# XML 1.0, 2.2: nginx passes on what an encoder calls itself, and one with such a character would hide the whole node.
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


class NginxRtmp:
    """The control pages of one nginx-rtmp process."""

    def __init__(self, control_url: str) -> None:
        self._url = control_url.rstrip("/")

    def look(self) -> NodeSight:
        """Who publishes now. What an older process still has after a reload is not among it. Raises GatewayError."""
        return parse_statistics(self._ask("/stat"))

    def drop_publisher(self, name: str) -> bool:
        """End a publish; whether there was one. Raises GatewayError."""
        answer = self._ask("/control/drop/publisher", app=APPLICATION, name=name)
        return answer.strip() not in ("", "0")

    def _ask(self, path: str, **query: str) -> str:
        try:
            answer = httpx2.get(
                self._url + path, params=query, timeout=_TIMEOUT_SECONDS, trust_env=False, verify=_certificates()
            )
            answer.raise_for_status()
        except httpx2.HTTPError as error:
            raise GatewayError(f"{path}: {error}") from error
        return answer.text


@cache
def _certificates() -> SSLContext:
    """Made once: reading the certificates anew costs more than the whole question."""
    return httpx2.create_ssl_context()


def parse_statistics(xml: str) -> NodeSight:
    """Read the /stat page. Raises GatewayError when it is not one."""
    try:
        root = ElementTree.fromstring(_NO_XML.sub("", xml))  # noqa: S314  (written by our own nginx on loopback)
    except ElementTree.ParseError as error:
        raise GatewayError(f"/stat is not XML: {error}") from error
    found: dict[str, LivePublisher] = {}
    for application in root.iter("application"):
        if application.findtext("name") == APPLICATION:
            for stream in application.iter("stream"):
                publisher = _publisher(stream)
                if publisher is not None:
                    found[publisher.name] = publisher
    return NodeSight(_number(root, "pid"), found)


def _publisher(stream: ElementTree.Element) -> LivePublisher | None:
    clients = list(stream.iter("client"))
    publishing = next((client for client in clients if client.find("publishing") is not None), None)
    if publishing is None:
        return None
    return LivePublisher(
        name=stream.findtext("name", ""),
        client_id=_number(publishing, "id"),
        address=publishing.findtext("address", ""),
        bytes_in=_number(stream, "bytes_in"),
        bits_per_second=_number(stream, "bw_in"),
        video_codec=stream.findtext("meta/video/codec", ""),
        width=_number(stream, "meta/video/width"),
        height=_number(stream, "meta/video/height"),
        audio_codec=stream.findtext("meta/audio/codec", ""),
        players=len(clients) - 1,
        uptime_seconds=_number(publishing, "time") / 1000,
    )


def _number(element: ElementTree.Element, path: str) -> int:
    text = element.findtext(path, "0")
    return int(text) if text.isdigit() else 0
