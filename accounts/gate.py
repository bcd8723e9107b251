"""What every request passes before it comes to a door."""

from collections.abc import Awaitable, Callable
from typing import Any, cast

from channels.db import database_sync_to_async
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from rest_framework.settings import api_settings

from accounts import access_decisions, bearers, counting
from accounts.access_decisions import AddressRefused
from accounts.addresses import FORWARDED_HEADERS, address_of, client_address, is_trusted_peer
from accounts.choices import Surface
from accounts.rate_limits import LimitsUnknown, TooManyRequests
from accounts.seats import surface_of

GetResponse = Callable[[HttpRequest], HttpResponseBase]
Application = Callable[[Any, Any, Any], Awaitable[None]]
_API = "/api/"
_NODE = ("/internal/", "/media/")


class _Middleware:
    sync_capable = True
    async_capable = False

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response


class ForwardedHeadersMiddleware(_Middleware):
    """Forgets what a peer that is not trusted says about the way a request came. Stands first."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not is_trusted_peer(request):
            for header in FORWARDED_HEADERS:
                request.META.pop(header, None)
        return self.get_response(request)


class AccessRulesMiddleware(_Middleware):
    """Turns away whom the access rules do not let in to the portal or the API, with words that say what to do.

    The media node asks about publishing and playback in its own words; a probe of /healthz learns nothing that is secret.
    """

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if access_decisions.is_open() or request.path.startswith(_NODE) or request.path == "/healthz":
            return self.get_response(request)
        address = client_address(request)
        if access_decisions.allows(address, surface_of(request)):
            return self.get_response(request)
        refusal = AddressRefused(address)
        if request.path.startswith(_API):
            return _problem(refusal)
        return render(request, "accounts/address_refused.html", {"refusal": refusal}, status=403)


def let_in(application: Application) -> Application:
    """A WebSocket application for those whom the access rules let in; others get a 403. Stands behind authentication."""

    async def asked(scope: Any, receive: Any, send: Any) -> None:
        surface = Surface.API if _is_of_program(scope) else Surface.PORTAL
        if await database_sync_to_async(access_decisions.allows)(address_of(scope), surface):
            await application(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 4403})

    return asked


def _is_of_program(scope: Any) -> bool:
    """Whether a credential was shown, in the header or, if it opens, in a subprotocol."""
    headers = (value.decode("latin-1") for name, value in scope["headers"] if name == b"authorization")
    return scope.get("credential") is not None or any(bearers.presented_in(one) is not None for one in headers)


class RateLimitMiddleware(_Middleware):
    """Tells every caller of the API how they stand, and counts what no view has counted.

    Views count as soon as they know who asks (accounts.api.throttles). What they turn away before, because a credential
    is wrong or a scope is missing, is counted here, so that trying is limited, too.
    """

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if not request.path.startswith(_API):
            return response
        try:
            standing = counting.count(request)
        except LimitsUnknown as error:
            return response if response.status_code == 503 else _problem(error)
        if standing is not None and standing.is_refused and response.status_code != 429:
            response = _problem(TooManyRequests(standing))
        counting.tell(response, standing)
        return response


def _problem(error: Exception) -> HttpResponseBase:
    """The API's answer to an error that no view of it has raised."""
    return cast(Callable[..., HttpResponseBase], api_settings.EXCEPTION_HANDLER)(error, {})
