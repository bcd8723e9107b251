"""Reads small bodies and writes short answers over ASGI, where Django's requests would cost more than the question."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]


class BodyTooLarge(Exception):
    """More was sent than anybody who means it would send."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A status with a line of text."""

    status: int
    text: str = ""
    allow: str = ""


async def body_of(receive: Receive, *, most_bytes: int) -> bytes:
    """The whole body of a request. Raises BodyTooLarge."""
    body = b""
    while True:
        message = await receive()
        body += bytes(message.get("body", b""))
        if len(body) > most_bytes:
            raise BodyTooLarge
        if not message.get("more_body"):
            return body


async def answer(send: Send, given: Answer) -> None:
    """Write an answer."""
    body = given.text.encode()
    headers = [(b"content-type", b"text/plain")] if body else []
    if given.status != 204:
        headers.append((b"content-length", str(len(body)).encode()))
    if given.allow:
        headers.append((b"allow", given.allow.encode()))
    await send({"type": "http.response.start", "status": given.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
