"""Removes what has been kept for as long as the policy says: audit entries, API calls, attempts to sign in.

Of the audit only the oldest sealed part goes, and only while its chain holds. The last seal of what went stays as the
checkpoint from which the rest is proven, and an entry in the audit vouches for it.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import islice, takewhile
from typing import Any

from auditlog.models import LogEntry
from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts import audit, audit_chain, audit_proof
from accounts.audit_chain import FIELDS
from accounts.audit_proof import Broken, Link
from accounts.choices import AuditVerb
from accounts.models import ApiCall, AuditEntry, AuditSeal, SignInAttempt

logger = logging.getLogger(__name__)
_BATCH = 5_000
_AT = FIELDS.index("at")


def apply_policy() -> None:
    """Remove what the settings say is old. 0 days keep for ever."""
    policy = (
        (settings.AUDIT_KEEP_DAYS, trim_audit),
        (settings.API_CALLS_KEEP_DAYS, trim_api_calls),
        (settings.SIGN_IN_ATTEMPTS_KEEP_DAYS, trim_sign_in_attempts),
    )
    for days, trim in policy:
        if days:
            trim(before=timezone.now() - timedelta(days=days))


def trim_audit(*, before: datetime) -> int:
    """Remove sealed entries from before this instant, and what is known of changed rows from then; how many entries."""
    _remove(LogEntry.objects.filter(timestamp__lt=before))
    return sum(iter(lambda: _trim_oldest(before), 0))


def trim_api_calls(*, before: datetime) -> int:
    """Remove what is known of requests from before this instant; how many."""
    return _remove(ApiCall.objects.filter(at__lt=before))


def trim_sign_in_attempts(*, before: datetime) -> int:
    """Remove attempts to sign in from before this instant; how many."""
    return _remove(SignInAttempt.objects.filter(at__lt=before))


@transaction.atomic
def _trim_oldest(before: datetime) -> int:
    audit_chain.take_turn()
    old = list(takewhile(lambda link: link.entry is not None and link.entry[_AT] < before, _oldest_that_hold()))
    if not old:
        return 0
    last = old[-1]
    with _trimming_allowed():
        # The base class's delete: entries refuse their own.
        QuerySet.delete(AuditEntry.objects.filter(pk__in=[link.entry_id for link in old]))
        AuditSeal.objects.filter(number__lt=last.number).delete()
        AuditSeal.objects.filter(number=last.number).update(entry=None)
    audit.record(
        actor=audit.SYSTEM,
        verb=AuditVerb.AUDIT_TRIMMED,
        number=last.number,
        digest=last.digest,
        entries=len(old),
        before=before.isoformat(),
    )
    return len(old)


def _oldest_that_hold() -> Iterator[Link]:
    """The first so many places. They end where the chain is broken: what proves that stays."""
    try:
        checkpoint = audit_proof.beginning()
        after = checkpoint.number if checkpoint else 0
        yield from audit_proof.follow(islice(audit_proof.links(after=after), _BATCH), checkpoint)
    except Broken as broken:
        logger.error("the audit is not trimmed any further, it does not hold: %s", broken)


@contextmanager
def _trimming_allowed() -> Iterator[None]:
    """Have the database let entries go, in this transaction and only inside the block."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('vms.audit_trimming', 'on', true)")
        yield
        cursor.execute("SELECT set_config('vms.audit_trimming', 'off', true)")


def _remove(rows: QuerySet[Any]) -> int:
    """Remove rows in small transactions, the first by number first; how many."""
    removed = 0
    while numbers := list(rows.order_by("pk").values_list("pk", flat=True)[:_BATCH]):
        removed += rows.model._default_manager.filter(pk__in=numbers).delete()[0]
    return removed
