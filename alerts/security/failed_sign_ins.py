"""Many failed attempts to sign in: from one network at whomever, or at one account from several networks."""

from datetime import datetime, timedelta
from typing import Final

from django.db.models import Count, Max, Q, QuerySet

from accounts.choices import SignInOutcome
from accounts.models import SignInAttempt, User
from accounts.sign_in_attempts import FAILED, PROVED
from alerts.security.finding import MOST, Finding, Limits

_SEVERAL_NETWORKS: Final = 3
_FAILED = Count("pk", filter=Q(outcome__in=(*FAILED, SignInOutcome.LOCKED_OUT)))
_GOOD = Count("pk", filter=Q(outcome__in=PROVED))


def look(now: datetime, limits: Limits) -> list[Finding]:
    """By the attempts of the window."""
    since = now - timedelta(seconds=limits.window_seconds)
    attempts = SignInAttempt.objects.filter(at__gt=since, at__lte=now).order_by()
    return [*_by_network(attempts, limits), *_by_account(attempts, limits)][:MOST]


def is_burst(failures: int, good: int, limits: Limits) -> bool:
    """Whether so many failures are more than what people mistype. Where many people come in, some do at first fail."""
    return failures >= limits.threshold and failures > 2 * good


def _by_network(attempts: QuerySet[SignInAttempt], limits: Limits) -> list[Finding]:
    rows = (
        attempts.exclude(network="")
        .values("network")
        .annotate(failures=_FAILED, good=_GOOD, emails=Count("email", distinct=True), last_address=Max("address"))
    )
    return [
        Finding(
            f"network {row['network']}",
            address=row["last_address"],
            facts={"network": row["network"], "failures": row["failures"], "accounts_tried": row["emails"]},
        )
        for row in rows.filter(failures__gte=limits.threshold).order_by("-failures")[:MOST]
        if is_burst(row["failures"], row["good"], limits)
    ]


def _by_account(attempts: QuerySet[SignInAttempt], limits: Limits) -> list[Finding]:
    rows = (
        attempts.exclude(email="")
        .values("email")
        .annotate(failures=_FAILED, good=_GOOD, networks=Count("network", distinct=True))
    )
    broken = rows.filter(failures__gte=limits.threshold, networks__gte=_SEVERAL_NETWORKS).order_by("-failures")
    found = [row for row in broken[:MOST] if is_burst(row["failures"], row["good"], limits)]
    people = dict(User.objects.filter(email__in=[row["email"] for row in found]).values_list("email", "pk"))
    return [
        Finding(
            f"account {row['email']}",
            user_id=people.get(row["email"]),
            facts={"failures": row["failures"], "networks": row["networks"]},
        )
        for row in found
    ]
