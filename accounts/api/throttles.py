"""The API's limits: DRF asks here after it knows who asks, and before it does anything for them."""

from typing import Any

from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from accounts import counting


class RateLimits(BaseThrottle):
    """Counts a request for its token, person, address and class of routes.

    A view's `route_class` names the class ("sign-in", "export"); without one it is "read" or "write", by method.
    """

    def allow_request(self, request: Request, view: Any) -> bool:
        """True, or raises TooManyRequests, LimitsUnknown."""
        counting.enforce(request._request, getattr(view, "route_class", ""))
        return True
