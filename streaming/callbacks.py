"""Door for the media node: publish, update, publish-done, and the question whether a player may have bytes.

nginx-rtmp posts form fields (https://github.com/arut/nginx-rtmp-module/wiki/Directives#notify) to its own loopback
server, which adds the shared secret, the node's name and the process number, and passes them on to here. Any answer
but 2xx refuses.
"""

import ipaddress

from django.http import HttpRequest, HttpResponse, HttpResponseForbidden

from streaming import ingest
from streaming.access import node_secret_required
from streaming.ingest import Knock


@node_secret_required("POST")
def publish(request: HttpRequest) -> HttpResponse:
    """A client wants to publish: 204, or 403 with the cause."""
    knock = _knock(request)
    if knock is None:
        return _unreadable()
    try:
        ingest.admit(knock)
    except ingest.PublisherRefused as refusal:
        return HttpResponseForbidden(f"{refusal.cause.value}\n", content_type="text/plain")
    return HttpResponse(status=204)


@node_secret_required("POST")
def update(request: HttpRequest) -> HttpResponse:
    """A client still publishes: 204, or 403 to end it. Players' updates are not asked about."""
    if request.POST.get("call") != "update_publish":
        return HttpResponse(status=204)
    knock = _knock(request)
    if knock is None:
        return _unreadable()
    return HttpResponse(status=204) if ingest.still_welcome(knock) else HttpResponseForbidden()


@node_secret_required("POST")
def publish_done(request: HttpRequest) -> HttpResponse:
    """A client has stopped publishing."""
    knock = _knock(request)
    if knock is None:
        return _unreadable()
    ingest.publisher_left(knock)
    return HttpResponse(status=204)


def _knock(request: HttpRequest) -> Knock | None:
    fields = request.POST
    pid = _number(request.headers.get("X-VMS-Nginx-Pid", ""), digits=9)
    client_id = _number(fields.get("clientid", ""), digits=15)
    name = fields.get("name", "")
    if pid is None or client_id is None or not name or len(name) > 200 or "\x00" in name:
        return None
    return Knock(
        node_name=request.headers.get("X-VMS-Node", ""),
        nginx_pid=pid,
        client_id=client_id,
        name=name,
        key=fields.get("key", "")[:200],
        address=_address(fields.get("addr", "")),
        encoder=fields.get("flashver", "").replace("\x00", "")[:120],
    )


def _number(text: str, *, digits: int) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= digits else None


def _address(text: str) -> str | None:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None


def _unreadable() -> HttpResponse:
    return HttpResponse("clientid, name and X-VMS-Nginx-Pid are needed.\n", status=400, content_type="text/plain")
