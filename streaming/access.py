"""The lock of what only a media node may ask, on Django's views and on ASGI applications."""

from collections.abc import Awaitable, Callable
from functools import wraps
from hmac import compare_digest
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden, HttpResponseNotAllowed
from django.views.decorators.csrf import csrf_exempt

from accounts.access import name_lock
from streaming.http_answers import Answer, answer

Callback = Callable[[HttpRequest], HttpResponse]
Application = Callable[[Any, Any, Any], Awaitable[None]]
_NOT_THE_NODE = "The node secret is missing or wrong.\n"


def node_secret_required(method: str) -> Callable[[Callback], Callback]:
    """Only a media node that knows the shared secret, and only by one method."""

    def decorate(view: Callback) -> Callback:
        @csrf_exempt
        @wraps(view)
        def locked(request: HttpRequest) -> HttpResponse:
            if not _knows_secret(request.headers.get("X-VMS-Node-Secret", "").encode()):
                return HttpResponseForbidden(_NOT_THE_NODE, content_type="text/plain")
            if request.method != method:
                return HttpResponseNotAllowed([method])
            return view(request)

        locked_view: Callback = name_lock(locked, "node-secret")
        return locked_view

    return decorate


def node_secret_required_asgi(method: str) -> Callable[[Application], Application]:
    """The same for an ASGI application."""

    def decorate(application: Application) -> Application:
        @wraps(application)
        async def locked(scope: Any, receive: Any, send: Any) -> None:
            if not _knows_secret(dict(scope["headers"]).get(b"x-vms-node-secret", b"")):
                await answer(send, Answer(403, _NOT_THE_NODE))
            elif scope["method"] != method:
                await answer(send, Answer(405, allow=method))
            else:
                await application(scope, receive, send)

        locked_application: Application = name_lock(locked, "node-secret")
        return locked_application

    return decorate


def _knows_secret(offered: bytes) -> bool:
    """In constant time. An installation without a secret knows nobody."""
    return bool(settings.NODE_SECRET) and compare_digest(offered, settings.NODE_SECRET.encode())
