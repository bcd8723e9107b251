"""What is told through Redis in passing must not wait for a Redis that hangs.

A network that swallows packets, or a server that has run out of memory to swap, refuses nothing and answers nothing: each
attempt costs its whole time-out, and on the way of a publish nginx would give up first. So after one such attempt Redis
is left alone for a moment. One that refuses connections costs nothing, and is asked each time.
"""

import threading
import time
from typing import Final

REST_SECONDS: Final = 5.0


class Breaker:
    """A circuit breaker: open after a failure until the rest is over, and closed by the first success."""

    def __init__(self, rest_seconds: float = REST_SECONDS) -> None:
        self._rest_seconds = rest_seconds
        self._guard = threading.Lock()
        self._has_failed = False
        self._ask_again_at = 0.0

    def is_open(self) -> bool:
        """Whether to leave it alone for now."""
        return self._has_failed and time.monotonic() < self._ask_again_at

    def failed(self) -> bool:
        """Leave it alone for a while. Whether that is news."""
        with self._guard:
            is_news, self._has_failed = not self._has_failed, True
            self._ask_again_at = time.monotonic() + self._rest_seconds
        return is_news

    def worked(self) -> bool:
        """It answers. Whether that is news."""
        if not self._has_failed:
            return False
        with self._guard:
            is_news, self._has_failed = self._has_failed, False
        return is_news


in_passing = Breaker()
"""For all that this process tells browsers and workers in passing: live status, and work that may be done later."""
