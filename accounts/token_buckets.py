"""Buckets of tokens in Redis: who takes one, and how full they are.

A token comes back a window after it was taken. Taking out of several buckets is one question to Redis, decided there
(`_TAKE`) by its clock: processes that ask, and their clocks, do not matter.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import cache
from typing import Any, Final

import redis
from django.conf import settings

from accounts.redis_breaker import Breaker

logger = logging.getLogger(__name__)

# Tokens that were taken within a sixtieth of the window come back together; a bucket remembers no more than sixty times.
_SLOTS: Final = 60
REST_SECONDS: Final = 1.0
_TIMEOUT_SECONDS: Final = 0.5
_breaker = Breaker(REST_SECONDS)

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


def take(limits: Sequence[tuple[str, int]], *, window_ms: int) -> list[list[int]] | None:
    """Take a token out of every bucket (name, size), or none when one of them is empty.

    Answers for each: how many are taken, milliseconds until all are back, and until one is free (0 unless it is empty).
    None when Redis is away, which is asked again only after a moment.
    """
    if _breaker.is_open():
        return None
    keys = [f"vms:limit:{name}" for name, _ in limits]
    try:
        answer: list[list[int]] = _script()(keys, [window_ms, _SLOTS, *(size for _, size in limits)])
    except redis.RedisError as error:
        if _breaker.failed():
            _say_away(error)
        return None
    if _breaker.worked():
        logger.warning("rate limits: Redis is back, requests are counted again")
    return answer


def can_count() -> bool:
    """Whether Redis answers."""
    try:
        _redis().ping()
    except redis.RedisError:
        return False
    return True


def _say_away(error: redis.RedisError) -> None:
    what = "refused" if settings.RATE_LIMITS_WITHOUT_REDIS == "refuse" else "let in uncounted"
    logger.error("rate limits: Redis is away, so requests are %s: %s", what, error)


@cache
def _redis() -> redis.Redis:
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=_TIMEOUT_SECONDS, socket_connect_timeout=_TIMEOUT_SECONDS
    )


@cache
def _script() -> Any:
    """By its digest (EVALSHA); sent whole to a Redis that does not know it yet."""
    return _redis().register_script(_TAKE)
