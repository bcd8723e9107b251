"""One person, or one token, opens the recordings of many cameras: many, and many more than they ever did."""

from datetime import datetime, timedelta
from typing import Final

from django.db.models import Count
from django.db.models.functions import TruncHour

from accounts.choices import AuditVerb
from accounts.models import AuditEntry
from alerts.security.finding import Finding, Limits

_PAST: Final = timedelta(days=14)
_MOST: Final = 20


def look(now: datetime, limits: Limits) -> list[Finding]:
    """By the passes to recordings of the window, against the busiest hour of two weeks of those who have many."""
    since = now - timedelta(seconds=limits.window_seconds)
    passes = AuditEntry.objects.filter(
        verb=AuditVerb.PLAYBACK_TOKEN_ISSUED, data__kind="rec", actor__isnull=False
    ).order_by()
    recent = passes.filter(at__gt=since, at__lte=now).values("actor_id", "token_id")
    many = recent.annotate(cameras=Count("target_id", distinct=True), passes=Count("pk"))
    found = []
    for row in many.filter(cameras__gte=limits.threshold).order_by("-cameras")[:_MOST]:
        own = passes.filter(actor=row["actor_id"], token=row["token_id"], at__gt=now - _PAST, at__lte=since)
        hours = own.annotate(hour=TruncHour("at")).values("hour").annotate(cameras=Count("target_id", distinct=True))
        past = hours.order_by("-cameras").values_list("cameras", flat=True).first() or 0
        if is_much(row["cameras"], past, limits):
            who = f"token {row['token_id']}" if row["token_id"] else f"person {row['actor_id']}"
            facts = {"cameras": row["cameras"], "passes": row["passes"], "busiest_hour_before": past}
            found.append(Finding(who, row["actor_id"], row["token_id"], facts=facts))
    return found


def is_much(cameras: int, past: int, limits: Limits) -> bool:
    """Whether so many cameras are many by themselves, and far above the busiest hour of before."""
    return cameras >= limits.threshold and cameras > limits.factor * past
