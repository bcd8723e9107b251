"""The log of the API, and how it is used, for those who may read it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts import api_tokens
from accounts.models import ApiCall, ApiToken, SignInAttempt, User

NOON = datetime(2024, 1, 31, 12, tzinfo=UTC)
RANGE = {"after": "2024-01-31T00:00:00Z", "before": "2024-02-01T00:00:00Z"}


@pytest.fixture
def token(operator: User) -> ApiToken:
    return api_tokens.issue(owner=operator, name="Wall", scopes=["cameras:read"], actor=operator).token


@pytest.fixture
def calls(operator: User, viewer: User, token: ApiToken) -> None:
    """A hundred of a token that took 1 to 100 ms, of which every tenth failed, and three of people."""
    made = [
        ApiCall(
            at=NOON + timedelta(minutes=number),
            method="GET",
            route="/api/v1/cameras/",
            status=500 if number % 20 == 0 else 404 if number % 10 == 0 else 200,
            duration_us=number * 1000,
            response_bytes=10,
            user=operator,
            token=token,
            address="198.51.100.7",
            request_id=f"request-{number}",
        )
        for number in range(1, 101)
    ]
    for minute, status in ((0, 201), (1, 400), (2, 201)):
        made.append(
            ApiCall(
                at=NOON + timedelta(minutes=minute),
                method="POST",
                route="/api/v1/sites/",
                status=status,
                duration_us=5000,
                request_bytes=20,
                user=viewer,
            )
        )
    ApiCall.objects.bulk_create(made)


@pytest.fixture
def ask(api_of: Callable[[User], APIClient], admin: User) -> Callable[..., Any]:
    def answer_to(path: str, **question: Any) -> Any:
        answer = api_of(admin).get(f"/api/v1/{path}/", question)
        assert answer.status_code == 200, answer.content
        return answer.json()

    return answer_to


def test_calls_are_listed_the_newest_first(ask: Callable[..., Any], calls: None) -> None:
    told = ask("api-calls", **RANGE)["results"]

    assert told[0]["request_id"] == "request-100"
    assert told[0]["duration_us"] == 100_000
    assert [call["at"] for call in told] == sorted((call["at"] for call in told), reverse=True)


@pytest.mark.parametrize(
    ("question", "count"),
    [
        ({"failed": "true"}, 11),
        ({"failed": "false"}, 92),
        ({"status": 500}, 5),
        ({"route": "/api/v1/sites/"}, 3),
        ({"method": "post"}, 3),
        ({"address": "198.51.100.7"}, 100),
        ({"request_id": "request-7"}, 1),
        ({"before": "2024-01-31T12:01:00Z"}, 1),
    ],
)
def test_calls_are_narrowed(ask: Callable[..., Any], calls: None, question: dict[str, Any], count: int) -> None:
    assert len(ask("api-calls", page_size=200, **{**RANGE, **question})["results"]) == count


def test_calls_of_a_token_and_of_a_person(ask: Callable[..., Any], calls: None, token: ApiToken, viewer: User) -> None:
    assert {call["token"] for call in ask("api-calls", token=token.pk, page_size=200)["results"]} == {token.pk}
    assert len(ask("api-calls", user=viewer.pk)["results"]) == 3


def test_usage_by_route(ask: Callable[..., Any], calls: None) -> None:
    told = ask("api-usage", **RANGE)

    assert told["by"] == "route"
    assert [(row["method"], row["route"], row["calls"]) for row in told["results"]] == [
        ("GET", "/api/v1/cameras/", 100),
        ("POST", "/api/v1/sites/", 3),
    ]
    first = told["results"][0]
    assert (first["errors"], first["server_errors"], first["p95_us"]) == (10, 5, 95_000)
    assert (first["request_bytes"], first["response_bytes"]) == (0, 1000)
    assert first["token"] is first["at"] is None


def test_usage_by_token(ask: Callable[..., Any], calls: None, token: ApiToken, operator: User, viewer: User) -> None:
    rows = ask("api-usage", by="token", **RANGE)["results"]

    assert [(row["token"], row["token_name"], row["user"], row["calls"]) for row in rows] == [
        (token.pk, "Wall", operator.pk, 100),
        (None, None, viewer.pk, 3),
    ]


@pytest.mark.parametrize(
    ("length", "first_at", "first_calls"),
    [
        (timedelta(hours=2), "2024-01-31T12:00:00.000Z", 1),
        (timedelta(days=1), "2024-01-31T12:00:00.000Z", 62),
        (timedelta(days=30), "2024-01-31T00:00:00.000Z", 103),
    ],
)
def test_usage_by_time_goes_by_minutes_hours_or_days(
    ask: Callable[..., Any], calls: None, length: timedelta, first_at: str, first_calls: int
) -> None:
    rows = ask("api-usage", by="time", after=NOON.isoformat(), before=(NOON + length).isoformat())["results"]

    assert (rows[0]["at"], rows[0]["calls"]) == (first_at, first_calls)
    assert [row["at"] for row in rows] == sorted(row["at"] for row in rows)


def test_usage_is_that_of_a_day_unless_told(ask: Callable[..., Any], viewer: User) -> None:
    for hours in (1, 23, 25):
        ApiCall.objects.create(
            at=timezone.now() - timedelta(hours=hours),
            method="GET",
            route="/r/",
            status=200,
            duration_us=1,
            user=viewer,
        )

    assert [row["calls"] for row in ask("api-usage")["results"] if row["route"] == "/r/"] == [2]


@pytest.mark.parametrize(
    "question",
    [
        {"by": "colour"},
        {"after": "x"},
        {"after": "2024-01-31T00:00:00Z", "before": "2024-01-31T00:00:00Z"},
        {"after": "2024-01-01T00:00:00Z", "before": "2024-03-01T00:00:00Z"},
        {"before": "0001-01-01T00:00:00Z"},
    ],
)
def test_a_question_that_makes_no_sense_is_told(
    api_of: Callable[[User], APIClient], admin: User, question: dict[str, str]
) -> None:
    assert api_of(admin).get("/api/v1/api-usage/", question).status_code == 400


@pytest.mark.parametrize("path", ["api-calls", "api-usage"])
def test_only_those_who_may_read_usage_do(api_of: Callable[[User], APIClient], operator: User, path: str) -> None:
    assert api_of(operator).get(f"/api/v1/{path}/").status_code == 403
    assert APIClient().get(f"/api/v1/{path}/").status_code == 401


def test_attempts_to_sign_in_are_listed_and_narrowed(ask: Callable[..., Any], viewer: User) -> None:
    for outcome, address in (("wrong", "203.0.113.5"), ("signed_in", "198.51.100.7")):
        SignInAttempt.objects.create(
            email=viewer.email, user=viewer, method="password", outcome=outcome, door="page", address=address
        )

    assert [one["outcome"] for one in ask("sign-in-attempts", user=viewer.pk)["results"]] == ["signed_in", "wrong"]
    for question in ({"outcome": "wrong"}, {"address": "203.0.113.5"}):
        [found] = ask("sign-in-attempts", **question)["results"]
        assert found["email"] == viewer.email
    assert len(ask("sign-in-attempts", email=viewer.email.upper(), door="page", method="password")["results"]) == 2
