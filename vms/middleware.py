"""Request id in, request id out."""

import re
import uuid
from collections.abc import Awaitable, Callable
from contextvars import ContextVar

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest, HttpResponseBase

_ACCEPTABLE = re.compile(r"[A-Za-z0-9._-]{8,64}")
_current: ContextVar[str] = ContextVar("request_id", default="")


def current_request_id() -> str:
    """The id of the request being served; empty outside of one."""
    return _current.get()


class RequestIdMiddleware:
    """Gives each request an id (the caller's X-Request-ID if it is well formed) and answers with it."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        request_id = _request_id(request)
        request.META["VMS_REQUEST_ID"] = request_id
        token = _current.set(request_id)
        try:
            answer = self.get_response(request)
        finally:
            _current.reset(token)
        if isinstance(answer, HttpResponseBase):
            answer["X-Request-ID"] = request_id
            return answer
        return _stamp(answer, request_id)


async def _stamp(answer: Awaitable[HttpResponseBase], request_id: str) -> HttpResponseBase:
    token = _current.set(request_id)  # the coroutine runs only now
    try:
        response = await answer
    finally:
        _current.reset(token)
    response["X-Request-ID"] = request_id
    return response


def _request_id(request: HttpRequest) -> str:
    offered = request.headers.get("X-Request-ID", "")
    return offered if _ACCEPTABLE.fullmatch(offered) else uuid.uuid4().hex
