"""Brings messages to open sockets, through Redis; and makes good what Redis has not taken."""

import asyncio
import logging
import threading
import time
from collections.abc import Mapping
from typing import Any, Final

import redis
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.conf import settings

from accounts.redis_breaker import REST_SECONDS, in_passing

logger = logging.getLogger(__name__)
# The topic of all sockets.
EVERYBODY: Final = "accounts.everybody"
_NOBODY: Final = "accounts.nobody"
# How long other processes may take to hear again after Redis came back.
_UNTIL_ALL_HEAR_SECONDS: Final = 3.0


def tell(messages: Mapping[str, Any]) -> None:
    """Tell each topic its message. What Redis does not take is lost; then all pages ask again when it is back."""
    if get_channel_layer() is None or not messages:
        return
    if in_passing.is_open() or not _is_taken(messages):
        _call_back.begin()


def _is_taken(messages: Mapping[str, Any]) -> bool:
    try:
        async_to_sync(_send_each)(messages)
    except (TimeoutError, redis.TimeoutError):
        in_passing.failed()
        _say_untold(messages, "Redis hangs")
        return False
    except (redis.RedisError, OSError) as error:
        _say_untold(messages, error)
        return False
    in_passing.worked()
    return True


def _say_untold(messages: Mapping[str, Any], why: object) -> None:
    logger.warning("browsers not told of %s: %s", ", ".join({one["type"] for one in messages.values()}), why)


async def _send_each(messages: Mapping[str, Any]) -> None:
    """Raises TimeoutError when Redis has not taken all of them in time; waiting for the connection counts."""
    layer: Any = get_channel_layer()
    async with asyncio.timeout(settings.REDIS_TIMEOUT_SECONDS):
        for topic, message in messages.items():
            await layer.group_send(topic, dict(message))


class _CallBack:
    """Once Redis takes messages again, all sockets are closed: pages connect again, and ask for what they show."""

    def __init__(self, rest_seconds: float = REST_SECONDS) -> None:
        self._rest_seconds = rest_seconds
        self._guard = threading.Lock()
        self._thread: threading.Thread | None = None

    def begin(self) -> None:
        """Wait for Redis in a thread, unless one does so already."""
        with self._guard:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._work, name="call-back", daemon=True)
                self._thread.start()

    def _work(self) -> None:
        while True:
            time.sleep(self._rest_seconds)
            if _is_taken({_NOBODY: {"type": "probe"}}):
                break
        time.sleep(_UNTIL_ALL_HEAR_SECONDS)
        with self._guard:
            self._thread = None  # what is lost from here on begins another
        tell({EVERYBODY: {"type": "news.missed"}})


_call_back = _CallBack()
