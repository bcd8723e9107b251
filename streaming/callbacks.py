"""Door for the media node: publish, update, publish-done, and the question whether a player may have bytes.

nginx-rtmp posts form fields (https://github.com/arut/nginx-rtmp-module/wiki/Directives#notify) to its own loopback
server, which adds the shared secret, the node's name and the process number, and passes them on to here. Any answer
but 2xx refuses.
"""

import ipaddress
from collections.abc import Callable
from functools import wraps
from hmac import compare_digest

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden, HttpResponseNotAllowed
from django.views.decorators.csrf import csrf_exempt

from accounts.access import name_lock
from streaming import ingest
from streaming.ingest import Knock

Callback = Callable[[HttpRequest], HttpResponse]


def node_secret_required(method: str) -> Callable[[Callback], Callback]:
    """Only a media node that knows the shared secret, and only by one method."""

    def decorate(view: Callback) -> Callback:
        @csrf_exempt
        @wraps(view)
        def locked(request: HttpRequest) -> HttpResponse:
            offered = request.headers.get("X-VMS-Node-Secret", "")
            if not settings.NODE_SECRET or not compare_digest(offered.encode(), settings.NODE_SECRET.encode()):
                return HttpResponseForbidden("The node secret is missing or wrong.\n", content_type="text/plain")
            if request.method != method:
                return HttpResponseNotAllowed([method])
            return view(request)

        locked_view: Callback = name_lock(locked, "node-secret")
        return locked_view

    return decorate


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
    numbers = (request.headers.get("X-VMS-Nginx-Pid", ""), fields.get("clientid", ""))
    if not all(number.isascii() and number.isdigit() and len(number) < 16 for number in numbers):
        return None
    name = fields.get("name", "")
    if not name or len(name) > 200 or "\x00" in name:
        return None
    return Knock(
        node_name=request.headers.get("X-VMS-Node", ""),
        nginx_pid=int(numbers[0]),
        client_id=int(numbers[1]),
        name=name,
        key=fields.get("key", "")[:200],
        address=_address(fields.get("addr", "")),
        encoder=fields.get("flashver", "").replace("\x00", "")[:120],
    )


def _address(text: str) -> str | None:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None


def _unreadable() -> HttpResponse:
    return HttpResponse("clientid, name and X-VMS-Nginx-Pid are needed.\n", status=400, content_type="text/plain")
