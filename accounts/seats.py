"""From where, and through what, a request comes: what access rules ask, and what their authors must keep."""

from django.http import HttpRequest

from accounts import bearers
from accounts.access_rules import Seat
from accounts.addresses import client_address
from accounts.choices import Surface


def surface_of(request: HttpRequest) -> Surface:
    """Pages use the API, too, with their session: where the portal may be used, its pages shall work."""
    if not request.path.startswith("/api/"):
        return Surface.PORTAL
    has_credential = bearers.presented_in(request.META.get("HTTP_AUTHORIZATION", "")) is not None
    return Surface.PORTAL if not has_credential and request.user.is_authenticated else Surface.API


def seat_of(request: HttpRequest) -> Seat:
    """The seat of whoever sends this request."""
    return Seat(client_address(request), surface_of(request))
