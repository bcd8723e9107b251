"""Lists of what happened: they cost the same number of queries whatever is on them, and have the shape that is promised."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from accounts import api_tokens, audit_chain
from accounts.models import ApiCall, AuditEntry, SignInAttempt, User
from cameras.models import Camera
from tests.contract.test_answers_follow_the_schema import check

ACCEPTED = {"audit": 5, "sign-in-attempts": 4, "api-calls": 4, "api-usage": 4, "audit/head": 4}


@pytest.fixture
def add_some(operator: User, camera: Camera) -> Callable[[int], None]:
    """Add so many edits of a camera by a token, as many calls, and as many attempts to sign in."""
    issued = api_tokens.issue(owner=operator, name="Fitter", scopes=["cameras:read", "cameras:write"], actor=operator)

    def add(count: int) -> None:
        client = APIClient(headers={"Authorization": f"Bearer {issued.text}"})
        for number in range(count):
            client.patch(f"/api/v1/cameras/{camera.public_id}/", {"place": f"Gate {AuditEntry.objects.count()}"})
            at = timezone.now() - timedelta(seconds=number + 1)
            facts = {"method": "GET", "route": f"/r{number}/", "status": 404, "duration_us": 5, "address": "192.0.2.7"}
            ApiCall.objects.create(at=at, user=operator, token=issued.token, **facts)
            SignInAttempt.objects.create(email="x", user=operator, method="code", outcome="wrong", door="api")
        audit_chain.seal_all()

    return add


@pytest.fixture
def client(api_of: Callable[[User], APIClient], admin: User) -> APIClient:
    return api_of(admin)


def queries_of(client: APIClient, url: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(url)
    assert answer.status_code == 200, answer.content
    return len(captured)


@pytest.mark.parametrize("path", sorted(ACCEPTED))
def test_it_asks_as_often_for_many_rows_as_for_few(
    client: APIClient, add_some: Callable[[int], None], path: str
) -> None:
    add_some(2)
    client.get(f"/api/v1/{path}/")
    few = queries_of(client, f"/api/v1/{path}/")
    add_some(20)

    assert few == queries_of(client, f"/api/v1/{path}/") == ACCEPTED[path]


@pytest.mark.parametrize(
    ("path", "question"),
    [
        ("/audit/", ""),
        ("/audit/", "?q=gate"),
        ("/audit/head/", ""),
        ("/sign-in-attempts/", ""),
        ("/api-calls/", ""),
        ("/api-usage/", ""),
        ("/api-usage/", "?by=token"),
        ("/api-usage/", "?by=time"),
    ],
)
def test_answers_follow_the_schema(
    client: APIClient, add_some: Callable[[int], None], path: str, question: str
) -> None:
    add_some(2)
    answer: Any = client.get(f"/api/v1{path}{question}")

    assert answer.json().get("results") != []
    check(answer, "get", path)


def test_an_entry_follows_the_schema(client: APIClient, add_some: Callable[[int], None]) -> None:
    add_some(1)
    entry = AuditEntry.objects.latest("pk")

    check(client.get(f"/api/v1/audit/{entry.pk}/"), "get", "/audit/{id}/")
