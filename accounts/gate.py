"""What every request passes before it comes to a door."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from accounts.addresses import FORWARDED_HEADERS, is_trusted_peer

GetResponse = Callable[[HttpRequest], HttpResponseBase]


class ForwardedHeadersMiddleware:
    """Forgets what a peer that is not trusted says about the way a request came. Stands first."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not is_trusted_peer(request):
            for header in FORWARDED_HEADERS:
                request.META.pop(header, None)
        return self.get_response(request)
