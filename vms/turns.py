"""Lets so many HTTP requests in at a time; the others wait their turn.

Django gives each request a thread, and each thread a connection to the database. What waits costs a coroutine.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

Application = Callable[[Any, Any, Any], Awaitable[None]]


def in_turns(application: Application, *, most: int) -> Application:
    """The application for `most` at a time, in the order in which they came."""
    turn = asyncio.Semaphore(most)

    async def waiting(scope: Any, receive: Any, send: Any) -> None:
        async with turn:
            await application(scope, receive, send)

    return waiting
