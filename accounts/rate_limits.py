"""So many requests a minute: for a token, a person, an address, and a class of routes.

Each limit is a bucket of as many tokens as requests are allowed in a minute. A request takes one token out of each
bucket that it is measured by, or none at all when one of them is empty. A token comes back a minute after it was taken, so
in no minute, however it is laid, are there more requests than the limit, and a quiet caller may use the whole of it at
once. Counting is one question to Redis (`token_buckets`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import ValidationError

from accounts import token_buckets
from accounts.addresses import subscriber_of
from accounts.models import ApiToken, User
from accounts.scopes import Scope

WINDOW_SECONDS: Final = 60


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

    wait = math.ceil(token_buckets.REST_SECONDS)

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


def check_may_allow(actor: Any, per_minute: int | None, *, before: int | None = None) -> None:
    """Raise ValidationError when a person gives a token more than is usual, unless they look after everybody's tokens."""
    usual = settings.RATE_LIMITS["token"]
    is_more = bool(per_minute and usual and per_minute > usual and per_minute != before)
    if is_more and isinstance(actor, User) and not actor.has_scope(Scope.TOKENS_ALL):
        words = f"Tokens have {usual} requests a minute at most. An administrator may allow one more."
        raise ValidationError({"requests_per_minute": words}, code="beyond_usual")


def take(buckets: Sequence[Bucket], *, window_seconds: float = WINDOW_SECONDS) -> Standing | None:
    """Count one request in all of the buckets, or, when one of them is empty, in none.

    None when nothing is measured, or nobody can count and the settings let requests in. Raises LimitsUnknown otherwise.
    """
    if not buckets:
        return None
    answer = token_buckets.take([(one.key, one.per_minute) for one in buckets], window_ms=round(window_seconds * 1000))
    if answer is None:
        if settings.RATE_LIMITS_WITHOUT_REDIS == "refuse":
            raise LimitsUnknown
        return None
    return min(map(_standing, buckets, answer), key=lambda one: (-one.wait_seconds, one.remaining))


def can_count() -> bool:
    """Whether requests are counted, or nothing is limited."""
    return not any(settings.RATE_LIMITS.values()) or token_buckets.can_count()


def _standing(bucket: Bucket, answer: Sequence[int]) -> Standing:
    taken, full_in_ms, wait_ms = answer
    return Standing(
        bucket,
        remaining=max(0, bucket.per_minute - taken),
        full_in_seconds=math.ceil(full_in_ms / 1000),
        wait_seconds=math.ceil(wait_ms / 1000),
    )
