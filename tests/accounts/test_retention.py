"""What has been kept for as long as the policy says goes by the clock; what is younger, or kept for ever, stays."""

from datetime import timedelta
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.utils import timezone

from accounts import audit_chain, retention
from accounts.choices import AuditVerb
from accounts.models import ApiCall, AuditEntry, SignInAttempt, User
from accounts.tasks import trim
from cameras.models import Camera
from streaming.choices import RefusalCause
from streaming.models import PublishAttempt
from streaming.tasks import trim_attempts
from tests.accounts.intruder import change_behind_the_back

POLICY = ("AUDIT_KEEP_DAYS", "API_CALLS_KEEP_DAYS", "SIGN_IN_ATTEMPTS_KEEP_DAYS", "PUBLISH_ATTEMPTS_KEEP_DAYS")


def days_ago(days: int) -> Any:
    return timezone.now() - timedelta(days=days)


@pytest.fixture
def history(viewer: User, camera: Camera) -> None:
    """One of each from 5 and from 50 days ago; entries and diffs of the cast are all from 50 days ago."""
    for days in (5, 50):
        ApiCall.objects.create(at=days_ago(days), method="GET", route="/r/", status=200, duration_us=1)
        attempt = SignInAttempt.objects.create(email="x", method="code", outcome="wrong", door="api")
        SignInAttempt.objects.filter(pk=attempt.pk).update(at=days_ago(days))
        facts = {"presented_name": "x", "cause": RefusalCause.WRONG_KEY, "first_at": days_ago(60)}
        PublishAttempt.objects.create(camera=camera, last_at=days_ago(days), **facts)
    change_behind_the_back("UPDATE accounts_auditentry SET at = %s", days_ago(50))
    LogEntry.objects.update(timestamp=days_ago(50))
    audit_chain.seal_all()


def left() -> dict[str, int]:
    models = (ApiCall, SignInAttempt, PublishAttempt, LogEntry)
    return {model.__name__: model._default_manager.count() for model in models}


def test_the_policy_is_carried_out(history: None, settings: Any) -> None:
    for name in POLICY:
        setattr(settings, name, 30)
    trim()
    trim_attempts()

    assert left() == {"ApiCall": 1, "SignInAttempt": 1, "PublishAttempt": 1, "LogEntry": 0}
    assert {entry.verb for entry in AuditEntry.objects.all()} == {AuditVerb.AUDIT_TRIMMED}


def test_0_days_keep_for_ever(history: None, settings: Any) -> None:
    for name in POLICY:
        setattr(settings, name, 0)
    before, entries = left(), AuditEntry.objects.count()
    trim()
    trim_attempts()

    assert (left(), AuditEntry.objects.count()) == (before, entries)


def test_many_go_in_small_steps(history: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "_BATCH", 1)

    assert retention.trim_api_calls(before=days_ago(1)) == 2
    assert retention.trim_sign_in_attempts(before=days_ago(1)) == 2
