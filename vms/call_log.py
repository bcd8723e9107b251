"""Tells accounts.api_calls of every request to the API: what was asked, what came of it, and how long it took."""

import re
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.urls import Resolver404, resolve
from django.utils import timezone
from django.utils.functional import LazyObject, empty

from accounts import api_calls
from accounts.addresses import client_address
from accounts.api_calls import Call
from accounts.models import User
from vms.redaction import redact_body, redact_query

_ROOT = "/api/v1/"
_NAMED_GROUP = re.compile(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)|<(?:\w+:)?(\w+)>")
_MOST_READ_BYTES = 65_536
_MOST_QUERY, _MOST_BODY, _MOST_ROUTE, _MOST_METHOD = 500, 4_000, 120, 7


class ApiCallMiddleware:
    """Stands around everything that may refuse a request, so that refusals are logged, too."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path.startswith(_ROOT):
            return self.get_response(request)
        at, begun = timezone.now(), time.perf_counter_ns()
        body = _body_of(request) if settings.API_LOG_BODIES else ""
        response = self.get_response(request)
        call = Call(
            at=at,
            method=str(request.method)[:_MOST_METHOD],
            route=_route_of(request),
            status=response.status_code,
            duration_us=_microseconds_since(begun),
            request_bytes=_declared_bytes(request),
            response_bytes=len(response.content) if isinstance(response, HttpResponse) else 0,
            address=client_address(request),
            request_id=request.META.get("VMS_REQUEST_ID", ""),
            query=redact_query(request.META.get("QUERY_STRING", ""))[:_MOST_QUERY],
            body=body[:_MOST_BODY],
            **_who(request),
        )
        if isinstance(response, StreamingHttpResponse):
            _note_at_the_end(response, call, begun)
        else:
            api_calls.note(call)
        return response


def _who(request: HttpRequest) -> dict[str, Any]:
    """Person and token, as far as the request has found them out: nobody is looked up for the log."""
    user: Any = getattr(request, "user", None)
    if isinstance(user, LazyObject) and user._wrapped is empty:
        user = None
    if not isinstance(user, User):
        return {"user_id": None, "token_id": None}
    return {"user_id": user.pk, "token_id": user.through.pk if user.through else None}


def _route_of(request: HttpRequest) -> str:
    """`/api/v1/cameras/{public_id}/`; empty for an address that is none."""
    match = request.resolver_match
    if match is None:  # it was refused before anybody asked where it leads
        try:
            match = resolve(request.path_info)
        except Resolver404:
            return ""
    return _readable(match.route)[:_MOST_ROUTE] if match.url_name else ""


@lru_cache(maxsize=1024)
def _readable(route: str) -> str:
    plain = _NAMED_GROUP.sub(lambda group: "{" + (group[1] or group[2]) + "}", route)
    return "/" + re.sub(r"[\^$]|\\Z", "", plain)


def _declared_bytes(request: HttpRequest) -> int:
    text = request.META.get("CONTENT_LENGTH") or "0"
    return int(text) if text.isdecimal() and len(text) < 16 else 0


def _body_of(request: HttpRequest) -> str:
    """A small JSON body, without secrets; others are not looked at."""
    if request.content_type != "application/json" or not 0 < _declared_bytes(request) <= _MOST_READ_BYTES:
        return ""
    return redact_body(request.body)


def _microseconds_since(begun: int) -> int:
    return (time.perf_counter_ns() - begun) // 1_000


def _note_at_the_end(response: StreamingHttpResponse, call: Call, begun: int) -> None:
    """A stream's call is over when its last byte, or the reader, has gone."""

    def note(sent: int) -> None:
        api_calls.note(replace(call, duration_us=_microseconds_since(begun), response_bytes=sent))

    parts: Any = response.streaming_content
    response.streaming_content = _counted_async(parts, note) if response.is_async else _counted(parts, note)


def _counted(parts: Iterator[bytes], note: Callable[[int], None]) -> Iterator[bytes]:
    sent = 0
    try:
        for part in parts:
            sent += len(part)
            yield part
    finally:
        note(sent)


async def _counted_async(parts: AsyncIterator[bytes], note: Callable[[int], None]) -> AsyncIterator[bytes]:
    sent = 0
    try:
        async for part in parts:
            sent += len(part)
            yield part
    finally:
        note(sent)
