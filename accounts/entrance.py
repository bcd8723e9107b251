"""What a session must have before it may go on to a page, and what is remembered of its use."""

from collections.abc import Callable
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django_htmx.middleware import HtmxDetails

from accounts import second_factor, sessions
from accounts.addresses import client_address
from accounts.models import User

# Bytes of video, the media node, and the API, which asks by itself: a program's credential may count more than a cookie.
_NOT_PAGES: Final = ("/api/", "/media/", "/internal/", "/healthz", "/static/")


class EntranceMiddleware:
    """Leads people who must enrol a second factor to the page where they can, and lets them do nothing else."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """A page that is open to them, or the way to one."""
        if request.path.startswith(_NOT_PAGES) or not isinstance(request.user, User):
            return None
        if request.session.session_key:
            sessions.note_use(request.session.session_key, address=client_address(request))
        if getattr(view, "vms_before_second_factor", False) or not second_factor.is_missing(request.user):
            return None
        return HttpResponse(status=403) if HtmxDetails(request) else redirect("accounts:security")
