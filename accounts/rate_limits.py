"""So many requests a minute: for a token, a person, an address, and a class of routes.

Each limit is a bucket of as many tokens as requests are allowed in a minute. A request takes one token out of each
bucket that it is measured by, or none at all when one of them is empty. A token comes back a minute after it was taken, so
in no minute, however it is laid, are there more requests than the limit, and a quiet caller may use the whole of it at
once. Counting is one question to Redis, decided there (`_TAKE`) by its clock: web processes and their clocks do not matter.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import redis
from django.conf import settings

from accounts.addresses import subscriber_of
from accounts.models import ApiToken, User

logger = logging.getLogger(__name__)

WINDOW_SECONDS: Final = 60
# Tokens that were taken within a sixtieth of the window come back together; a bucket remembers no more than sixty times.
_SLOTS: Final = 60
_REST_SECONDS: Final = 1.0
_TIMEOUT_SECONDS: Final = 0.5

# KEYS: a bucket each. ARGV: the window in ms, slots, then each bucket's limit. A bucket is a list of "ms count": when a
# token was last taken in a slot, and how many have been taken until then, ever. In front stands the last slot that is out
# of the window, so that the last count less the first is what is taken now, and nothing is added up.
# Answers for each bucket: taken, ms until all are back, ms until one is free.
_TAKE = """
local window = tonumber(ARGV[1])
local slot_ms = math.max(1, math.floor(window / ARGV[2]))
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function read(entry)
  local ms, count = string.match(entry, '(%d+) (%d+)')
  return tonumber(ms), tonumber(count)
end
local buckets, refused = {}, false
for i, key in ipairs(KEYS) do
  local first = redis.call('LRANGE', key, 0, 1)
  while first[2] and read(first[2]) + window <= now do
    redis.call('LPOP', key)
    first = redis.call('LRANGE', key, 0, 1)
  end
  local one = {last = 0, count = 0, taken = 0, wait = 0}
  if first[2] then
    local _, before = read(first[1])
    one.last, one.count = read(redis.call('LINDEX', key, -1))
    one.taken = one.count - before
    if one.taken >= tonumber(ARGV[i + 2]) then
      refused, one.wait = true, read(first[2]) + window - now
    end
  end
  buckets[i] = one
end
local answer = {}
for i, key in ipairs(KEYS) do
  local one = buckets[i]
  if not refused then
    local entry = string.format('%.0f %.0f', now, one.count + 1)
    if one.taken > 0 and math.floor(one.last / slot_ms) == math.floor(now / slot_ms) then
      redis.call('LSET', key, -1, entry)
    elseif one.taken > 0 then
      redis.call('RPUSH', key, entry)
    else
      redis.call('DEL', key)
      redis.call('RPUSH', key, '0 0', string.format('%.0f 1', now))
    end
    redis.call('PEXPIRE', key, window)
    one.taken, one.last = one.taken + 1, now
  end
  answer[i] = {one.taken, one.taken > 0 and one.last + window - now or 0, one.wait}
end
return answer
"""


@dataclass(frozen=True, slots=True)
class Bucket:
    """One limit that a request is measured by."""

    kind: str
    key: str
    per_minute: int


@dataclass(frozen=True, slots=True)
class Standing:
    """How a caller stands after a request, by the limit that leaves least."""

    bucket: Bucket
    remaining: int
    full_in_seconds: int
    wait_seconds: int

    @property
    def is_refused(self) -> bool:
        """Whether the request was one too many."""
        return self.wait_seconds > 0


class TooManyRequests(Exception):
    """The request is one too many; `wait` seconds later one is allowed again."""

    def __init__(self, standing: Standing) -> None:
        self.standing = standing
        self.wait = standing.wait_seconds
        super().__init__(
            f"The limit is {standing.bucket.per_minute} requests a minute for each {standing.bucket.kind}. "
            f"Try again in {self.wait} s."
        )


class LimitsUnknown(Exception):
    """Redis is away, and nobody is let in uncounted."""

    wait = math.ceil(_REST_SECONDS)

    def __str__(self) -> str:
        return (
            "Requests cannot be counted at the moment, and this installation lets nobody in uncounted. Try again soon."
        )


def buckets_of(user: Any, address: str | None, route_class: str) -> list[Bucket]:
    """What a request of this class is measured by. Limits that are 0 in the settings measure nothing.

    A token with a limit of its own is measured by that in place of its owner's limits.
    """
    limits = settings.RATE_LIMITS
    found = [Bucket("address", f"address:{subscriber_of(address)}", limits["address"])] if address else []
    token: ApiToken | None = getattr(user, "through", None)
    if token is not None:
        own = token.requests_per_minute or limits["token"]
        found.append(Bucket("token", f"token:{token.pk}", own))
    if isinstance(user, User) and not (token and token.requests_per_minute):
        found.append(Bucket("person", f"person:{user.pk}", limits["person"]))
        found.append(Bucket(f"person and {route_class}", f"person:{user.pk}:{route_class}", limits[route_class]))
    elif not isinstance(user, User) and address:
        key = f"address:{subscriber_of(address)}:{route_class}"
        found.append(Bucket(f"address and {route_class}", key, limits[route_class]))
    return [bucket for bucket in found if bucket.per_minute]


def take(buckets: Sequence[Bucket], *, window_seconds: float = WINDOW_SECONDS) -> Standing | None:
    """Count one request in all of the buckets, or, when one of them is empty, in none.

    None when nothing is measured, or nobody can count and the settings let requests in. Raises LimitsUnknown otherwise.
    """
    if not buckets:
        return None
    answer = _ask(buckets, round(window_seconds * 1000))
    if answer is None:
        if settings.RATE_LIMITS_WITHOUT_REDIS == "refuse":
            raise LimitsUnknown
        return None
    return min(map(_standing, buckets, answer), key=lambda one: (-one.wait_seconds, one.remaining))


def enforce(buckets: Sequence[Bucket]) -> Standing | None:
    """`take`, for doors that refuse. Raises TooManyRequests, LimitsUnknown."""
    standing = take(buckets)
    if standing is not None and standing.is_refused:
        raise TooManyRequests(standing)
    return standing


def can_count() -> bool:
    """Whether Redis answers; True when nothing is limited."""
    if not any(settings.RATE_LIMITS.values()):
        return True
    try:
        _redis().ping()
    except redis.RedisError:
        return False
    return True


def _standing(bucket: Bucket, answer: Sequence[int]) -> Standing:
    taken, full_in_ms, wait_ms = answer
    return Standing(
        bucket,
        remaining=max(0, bucket.per_minute - taken),
        full_in_seconds=math.ceil(full_in_ms / 1000),
        wait_seconds=math.ceil(wait_ms / 1000),
    )


def _ask(buckets: Sequence[Bucket], window_ms: int) -> list[list[int]] | None:
    """The script's answer; None when Redis is away, which is asked again only after a moment."""
    if _absence.is_recent():
        return None
    keys = [f"vms:limit:{bucket.key}" for bucket in buckets]
    try:
        answer: list[list[int]] = _script()(keys, [window_ms, _SLOTS, *(bucket.per_minute for bucket in buckets)])
    except redis.RedisError as error:
        _absence.begins(error)
        return None
    _absence.ends()
    return answer


class _Absence:
    """That Redis is away is told once in the log, and so is that it is back."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._is_away = False
        self._ask_again_at = 0.0

    def is_recent(self) -> bool:
        return self._is_away and time.monotonic() < self._ask_again_at

    def begins(self, error: redis.RedisError) -> None:
        with self._guard:
            is_news, self._is_away = not self._is_away, True
            self._ask_again_at = time.monotonic() + _REST_SECONDS
        if is_news:
            what = "refused" if settings.RATE_LIMITS_WITHOUT_REDIS == "refuse" else "let in uncounted"
            logger.error("rate limits: Redis is away, so requests are %s: %s", what, error)

    def ends(self) -> None:
        if self._is_away:
            with self._guard:
                is_news, self._is_away = self._is_away, False
            if is_news:
                logger.warning("rate limits: Redis is back, requests are counted again")


_absence = _Absence()


@cache
def _redis() -> redis.Redis:
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=_TIMEOUT_SECONDS, socket_connect_timeout=_TIMEOUT_SECONDS
    )


@cache
def _script() -> Any:
    """By its digest (EVALSHA); sent whole to a Redis that does not know it yet."""
    return _redis().register_script(_TAKE)
