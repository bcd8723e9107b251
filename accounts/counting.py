"""Counts each request once, whoever asks first, and tells callers how they stand.

RateLimit-Limit, -Remaining, -Reset and -Policy are those of draft-ietf-httpapi-ratelimit-headers-06, which speak of the
limit that leaves least; later drafts put them into one field. Retry-After: RFC 9110 section 10.2.3.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from accounts import rate_limits
from accounts.addresses import client_address
from accounts.rate_limits import LimitsUnknown, Standing, TooManyRequests

View = TypeVar("View", bound=Callable[..., HttpResponseBase])
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_STANDING = "vms.standing"


def count(request: HttpRequest, route_class: str = "") -> Standing | None:
    """How the caller of this request stands; it is counted the first time. None when nothing limits it.

    Without a class it is "read" or "write", by its method. Raises LimitsUnknown.
    """
    if _STANDING not in request.META:
        wanted = route_class or ("read" if request.method in _SAFE else "write")
        buckets = rate_limits.buckets_of(request.user, client_address(request), wanted)
        request.META[_STANDING] = rate_limits.take(buckets)
    return cast(Standing | None, request.META[_STANDING])


def enforce(request: HttpRequest, route_class: str = "") -> None:
    """Count the request. Raises TooManyRequests, LimitsUnknown."""
    standing = count(request, route_class)
    if standing is not None and standing.is_refused:
        raise TooManyRequests(standing)


def tell(response: HttpResponseBase, standing: Standing | None) -> None:
    """Write into the answer how the caller stands."""
    if standing is not None:
        limit = standing.bucket.per_minute
        response["RateLimit-Limit"] = str(limit)
        response["RateLimit-Remaining"] = str(standing.remaining)
        response["RateLimit-Reset"] = str(max(standing.full_in_seconds, standing.wait_seconds))
        response["RateLimit-Policy"] = f"{limit};w={rate_limits.WINDOW_SECONDS}"


def limited_posts(route_class: str) -> Callable[[View], View]:
    """For pages: what is sent counts in this class, and one too many is answered with a page that says when to come back."""

    def decorate(view: View) -> View:
        @wraps(view)
        def limited(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method == "POST":
                try:
                    enforce(request, route_class)
                except (TooManyRequests, LimitsUnknown) as error:
                    return _come_back(request, error)
            return view(request, *args, **kwargs)

        return cast(View, limited)

    return decorate


def _come_back(request: HttpRequest, error: TooManyRequests | LimitsUnknown) -> HttpResponse:
    status = 429 if isinstance(error, TooManyRequests) else 503
    page = render(request, "429.html", {"error": error}, status=status)
    page["Retry-After"] = str(error.wait)
    return page
