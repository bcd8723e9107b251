"""The log of requests to the API.

A request must not wait for its own line in a log. Lines are gathered in this process, brought to Redis together a few
times a second, and from there into the database by the clock. While Redis is away they are dropped, and that is said once.
"""

import atexit
import json
import logging
import threading
from collections import deque
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final, cast

import redis
from django.conf import settings
from django.db import IntegrityError, transaction

from accounts.models import ApiCall, ApiToken, User

logger = logging.getLogger(__name__)
_connection = redis.Redis.from_url(settings.REDIS_URL, **settings.REDIS_TIMEOUTS)
_LIST: Final = "vms:api-calls"
_GATHER_SECONDS = 0.25
_MOST_IN_PROCESS = 20_000
_MOST_IN_REDIS = 200_000
_BATCH = 1_000
_BATCHES_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Call:
    """A request and its answer, without secrets. `route` is the pattern of the address; empty when there is none."""

    at: datetime
    method: str
    route: str
    status: int
    duration_us: int
    request_bytes: int
    response_bytes: int
    user_id: int | None
    token_id: int | None
    address: str | None
    request_id: str
    query: str
    body: str


class _Gatherer:
    """Keeps lines for a moment and brings them away together, in a thread of its own."""

    def __init__(self) -> None:
        self._lines: deque[Call] = deque(maxlen=_MOST_IN_PROCESS)
        self._something_is_there = threading.Event()
        self._guard, self._turn = threading.Lock(), threading.Lock()
        self._thread: threading.Thread | None = None
        self._is_away = False

    def add(self, call: Call) -> None:
        """Costs what appending to a list costs."""
        self._lines.append(call)
        self._something_is_there.set()
        if self._thread is None:
            self._begin()

    def bring_away(self) -> None:
        """All lines that are there, with one command for some hundred of them. Trouble with Redis loses them."""
        with self._turn:  # calls stay in their order
            while batch := self._taken():
                self._bring(batch)

    def _bring(self, batch: list[Call]) -> None:
        try:
            _push([json.dumps({**asdict(call), "at": call.at.isoformat()}) for call in batch])
        except (redis.RedisError, OSError) as error:
            self._say_away(error)
        else:
            self._is_away = False

    def _taken(self) -> list[Call]:
        taken: list[Call] = []
        while len(taken) < _BATCH:
            try:
                taken.append(self._lines.popleft())
            except IndexError:
                break
        return taken

    def _say_away(self, error: Exception) -> None:
        if not self._is_away:
            logger.warning("requests to the API are not logged while Redis is away: %s", error)
        self._is_away = True

    def _begin(self) -> None:
        with self._guard:
            if self._thread is None:
                atexit.register(self.bring_away)
                self._thread = threading.Thread(target=self._work, name="api-calls", daemon=True)
                self._thread.start()

    def _work(self) -> None:
        pause = threading.Event()
        while True:
            self._something_is_there.wait()
            pause.wait(_GATHER_SECONDS)
            self._something_is_there.clear()
            self.bring_away()


_gatherer = _Gatherer()
note = _gatherer.add
"""Log a call. Returns at once and raises nothing."""
bring_away = _gatherer.bring_away
"""Bring what was noted in this process to Redis now."""


def drain() -> int:
    """Bring calls from Redis into the database, some ten thousand at most; how many. Raises RedisError, DatabaseError."""
    kept = 0
    for _ in range(_BATCHES_AT_ONCE):
        texts = cast("list[bytes] | None", _connection.lpop(_LIST, _BATCH))
        if not texts:
            break
        kept += _keep(texts)
    return kept


def _push(texts: list[str]) -> None:
    with _connection.pipeline(transaction=False) as pipeline:
        pipeline.rpush(_LIST, *texts)
        pipeline.ltrim(_LIST, -_MOST_IN_REDIS, -1)  # nobody takes them away: the newest count
        pipeline.execute()


def _keep(texts: list[bytes]) -> int:
    calls = [_row(json.loads(text)) for text in texts]
    try:
        try:
            _write(calls)
        except IntegrityError:
            _forget_who_is_gone(calls)
            _write(calls)
    except Exception:
        _connection.lpush(_LIST, *reversed(texts))
        raise
    return len(calls)


def _write(calls: list[ApiCall]) -> None:
    with transaction.atomic():
        ApiCall.objects.bulk_create(calls)


def _row(facts: dict[str, Any]) -> ApiCall:
    return ApiCall(**{**facts, "at": datetime.fromisoformat(facts["at"])})


def _forget_who_is_gone(calls: list[ApiCall]) -> None:
    """A person or token may have been deleted since."""
    users = set(User.objects.filter(pk__in={call.user_id for call in calls}).values_list("pk", flat=True))
    tokens = set(ApiToken.objects.filter(pk__in={call.token_id for call in calls}).values_list("pk", flat=True))
    for call in calls:
        call.user_id = call.user_id if call.user_id in users else None
        call.token_id = call.token_id if call.token_id in tokens else None
