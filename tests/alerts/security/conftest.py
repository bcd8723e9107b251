"""Traces: what is in the tables after somebody did something for a while."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from accounts import api_tokens
from accounts.choices import AuditVerb
from accounts.models import ApiCall, ApiToken, AuditEntry, SignInAttempt, User
from alerts.choices import ResponseKind, ResponseMode, RuleName
from alerts.models import SecurityRule


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def answers_with() -> Callable[..., None]:
    """Have a rule answer: `answers_with(RuleName.KEY_GUESSING, ResponseKind.BLOCK_ADDRESS)`."""

    def switch_on(name: RuleName, kind: ResponseKind, mode: ResponseMode = ResponseMode.ON) -> None:
        SecurityRule.objects.filter(name=name).update(response=kind, response_mode=mode)

    return switch_on


@pytest.fixture
def tried(now: datetime) -> Callable[..., None]:
    """Attempts to sign in: `tried(30, outcome="wrong", address="203.0.113.7")`, a second apart."""

    def try_it(count: int, *, outcome: str, address: str, email: str = "a{}@vms.example", **facts: Any) -> None:
        rows = [
            SignInAttempt(email=email.format(n), method="password", outcome=outcome, door="page", address=address)
            for n in range(count)
        ]
        for row in rows:
            row.network = address
        for number, row in enumerate(SignInAttempt.objects.bulk_create(rows)):
            SignInAttempt.objects.filter(pk=row.pk).update(at=now - timedelta(seconds=number), **facts)

    return try_it


@pytest.fixture
def token(operator: User, now: datetime) -> ApiToken:
    """A token that is a month old."""
    found = api_tokens.issue(owner=operator, name="Wall", scopes=["cameras:read"], actor=operator).token
    ApiToken.objects.filter(pk=found.pk).update(created_at=now - timedelta(days=30))
    found.refresh_from_db()
    return found


@pytest.fixture
def called(token: ApiToken, now: datetime) -> Callable[..., None]:
    """Requests with the token: `called(300, ago=timedelta(0), within=timedelta(minutes=1))`."""

    def call(count: int, *, ago: timedelta, within: timedelta, address: str = "8.8.8.8") -> None:
        facts: dict[str, Any] = {"method": "GET", "route": "/cameras/", "status": 200, "duration_us": 900}
        ApiCall.objects.bulk_create(
            ApiCall(at=now - ago - within * n / count, token=token, user=token.owner, address=address, **facts)
            for n in range(count)
        )

    return call


@pytest.fixture
def opened(now: datetime) -> Callable[..., None]:
    """Passes to recordings: `opened(operator, cameras=60, ago=timedelta(minutes=10))`; `each` for one camera."""

    def open_them(user: User, *, cameras: int, ago: timedelta, each: int = 1, kind: str = "rec") -> None:
        facts: dict[str, Any] = {"actor": user, "actor_label": str(user), "data": {"kind": kind}, "door": "page"}
        for number in range(cameras * each):
            target = {"target_type": "cameras.camera", "target_id": str(number % cameras)}
            with time_machine.travel(now - ago, tick=False):
                AuditEntry.objects.create(verb=AuditVerb.PLAYBACK_TOKEN_ISSUED, **target, **facts)

    return open_them
