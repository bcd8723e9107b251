"""The lock of what only a media node may ask."""

from collections.abc import Callable
from functools import wraps
from hmac import compare_digest

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden, HttpResponseNotAllowed
from django.views.decorators.csrf import csrf_exempt

from accounts.access import name_lock

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
