"""What every request passes before it comes to a door."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase
from rest_framework.settings import api_settings

from accounts import counting
from accounts.addresses import FORWARDED_HEADERS, is_trusted_peer
from accounts.rate_limits import LimitsUnknown, TooManyRequests

GetResponse = Callable[[HttpRequest], HttpResponseBase]
_API = "/api/"


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
    answer: HttpResponseBase = api_settings.EXCEPTION_HANDLER(error, {})
    return answer
