"""Every attempt to sign in is kept. Too many that failed lock an e-mail address, or a network, out for a while.

`begin` writes an attempt down as failed before anybody looks at the password, and `settle` says afterwards what came of it:
attempts side by side cannot outrun the count. Both commit by themselves, so call them outside a transaction that may be
rolled back. An e-mail address is counted whether or not somebody has it, so a lock-out tells nothing about that.
"""

import hashlib
import ipaddress
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from accounts import addresses, audit, countries
from accounts.choices import AuditVerb, Door, SignInMethod, SignInOutcome
from accounts.models import SignInAttempt, User
from accounts.signals import sign_in_attempted

FAILED = (SignInOutcome.WRONG, SignInOutcome.DISABLED, SignInOutcome.NOT_ALLOWED)
PROVED = (SignInOutcome.SIGNED_IN, SignInOutcome.CONFIRMED)
GUESSABLE = (SignInMethod.PASSWORD, SignInMethod.CODE, SignInMethod.RECOVERY)


class LockedOut(Exception):
    """Too many attempts have failed. `seconds` is how long it lasts from now."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


def begin(
    *, email: str, method: SignInMethod, door: Door, address: str | None, user_agent: str, user: User | None = None
) -> SignInAttempt:
    """Keep an attempt, as failed until it is settled. Raises LockedOut, and keeps the attempt as that."""
    attempt = written_down(email=email, method=method, door=door, address=address, user_agent=user_agent, user=user)
    with transaction.atomic():
        _take_turns(f"e-mail {attempt.email}", f"network {attempt.network}")
        until = _locked_until(attempt)
        attempt.outcome = SignInOutcome.LOCKED_OUT if until else SignInOutcome.WRONG
        attempt.save()
        if until:
            _tell(attempt)
    if until:
        raise LockedOut(max(1, round((until - timezone.now()).total_seconds())))
    return attempt


def written_down(
    *, email: str, method: SignInMethod, door: Door, address: str | None, user_agent: str, user: User | None
) -> SignInAttempt:
    """An attempt that is not in the database yet; `settle` puts it there."""
    return SignInAttempt(
        email=plain(email).lower(),
        user=user,
        method=method,
        door=door,
        address=address,
        network=network_of(address),
        country=countries.country_of(address) or "",
        user_agent=plain(user_agent, most=200),
    )


@transaction.atomic
def settle(attempt: SignInAttempt, outcome: SignInOutcome, *, user: User | None) -> None:
    """Say what came of an attempt. A success forgets the failures of its e-mail address, not those of its network."""
    attempt.outcome = outcome
    attempt.user = user
    attempt.save()
    if outcome in FAILED:
        audit.record(actor=audit.SYSTEM, verb=AuditVerb.SIGN_IN_FAILED, email=attempt.email)
    _tell(attempt)


def network_of(address: str | None) -> str:
    """What is counted as one place: an IPv4 address, or the /64 of an IPv6 address, which one household has whole."""
    found = addresses.read_address(address or "")
    if isinstance(found, ipaddress.IPv6Address):
        return str(ipaddress.ip_network(f"{found}/64", strict=False))
    return str(found or "")


def plain(text: str, *, most: int = 254) -> str:
    """What somebody typed, as it can be kept: without NUL, which PostgreSQL refuses, and not endless."""
    return text.replace("\x00", "").strip()[:most]


def _locked_until(attempt: SignInAttempt) -> datetime | None:
    """When the lock-out of the attempt's e-mail address or network ends; None if there is none."""
    since = timezone.now() - timedelta(seconds=settings.SIGN_IN_LOCKOUT_SECONDS)
    ends = []
    if attempt.email:
        good = SignInAttempt.objects.filter(email=attempt.email, outcome__in=PROVED, at__gt=since).first()
        of_email = Q(email=attempt.email, at__gt=good.at if good else since)
        ends.append(_end_of_lock(of_email, settings.SIGN_IN_FAILURES_PER_EMAIL))
    if attempt.network:
        of_network = Q(network=attempt.network, at__gt=since)
        ends.append(_end_of_lock(of_network, settings.SIGN_IN_FAILURES_PER_ADDRESS))
    return max((end for end in ends if end), default=None)


def _end_of_lock(attempts: Q, most: int) -> datetime | None:
    """A lock-out ends when the first of the last so many failures is old enough. What a lock-out refuses does not count."""
    failed = SignInAttempt.objects.filter(attempts, outcome__in=FAILED, method__in=GUESSABLE)
    failures = failed.values_list("at", flat=True)[:most]
    if len(failures) < most:
        return None
    return failures[most - 1] + timedelta(seconds=settings.SIGN_IN_LOCKOUT_SECONDS)


def _take_turns(*names: str) -> None:
    """Let one transaction at a time count for these names. SQLite has one writer anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for number in sorted(_numbers(names)):
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])


def _numbers(names: Iterable[str]) -> set[int]:
    return {int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True) for name in names}


def _tell(attempt: SignInAttempt) -> None:
    tell = partial(sign_in_attempted.send_robust, sender=SignInAttempt, attempt=attempt)
    transaction.on_commit(tell, robust=True)
