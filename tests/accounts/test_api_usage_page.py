"""Who may read usage sees how often the API is called, how fast it answers, and what failed."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts import api_tokens, api_usage
from accounts.models import ApiCall, User
from accounts.views.api_usage import bars_of

PAGE = "/administration/api-usage/"
NOON = datetime(2024, 1, 31, 12, tzinfo=UTC)


@pytest.fixture
def calls(operator: User) -> None:
    token = api_tokens.issue(owner=operator, name="Wall", scopes=["cameras:read"], actor=operator).token
    for hours, status in ((1, 200), (2, 503), (30, 404)):
        ApiCall.objects.create(
            at=timezone.now() - timedelta(hours=hours),
            method="GET",
            route="/api/v1/cameras/",
            status=status,
            duration_us=42_000,
            user=operator,
            token=token,
        )


def test_calls_of_the_range_are_counted(page_of: Callable[[User], Client], admin: User, calls: None) -> None:
    text = page_of(admin).get(PAGE, {"range": "week"}).content.decode()

    assert "<strong>3</strong> calls" in text
    assert "<strong>2</strong> refused or failed" in text
    assert "<strong>1</strong> failed on the server" in text
    assert "GET /api/v1/cameras/" in text
    assert "42 ms" in text
    assert "Wall" in text
    assert "503" in text
    day = page_of(admin).get(PAGE).content.decode()
    assert "<strong>2</strong> calls" in day
    assert "<strong>2</strong> calls" in page_of(admin).get(PAGE, {"range": "century"}).content.decode()


def test_an_empty_range_says_so(page_of: Callable[[User], Client], admin: User) -> None:
    assert "Nobody has used the API in this range." in page_of(admin).get(PAGE).content.decode()


def test_nothing_on_the_page_needs_a_looser_content_security_policy(
    page_of: Callable[[User], Client], admin: User, calls: None
) -> None:
    text = page_of(admin).get(PAGE).content.decode()

    assert "style=" not in text
    assert "<rect" in text


def test_a_bar_for_each_piece_of_the_range_also_where_nothing_was(operator: User) -> None:
    for minute, status in ((1, 200), (1, 500), (3, 200)):
        ApiCall.objects.create(
            at=NOON + timedelta(minutes=minute, seconds=9), method="GET", route="/r/", status=status, duration_us=1
        )
    end = NOON + timedelta(minutes=5)
    rows = api_usage.usage(ApiCall.objects.all(), by="time", after=NOON, before=end)

    bars = bars_of(rows, after=NOON, before=end)
    assert [(bar.calls, bar.errors, bar.height, bar.failed_height) for bar in bars] == [
        (0, 0, 0, 0),
        (2, 1, 100, 50),
        (0, 0, 0, 0),
        (1, 0, 50, 0),
        (0, 0, 0, 0),
    ]
    assert [bar.x for bar in bars] == [0, 10, 20, 30, 40]


@pytest.mark.parametrize(("length", "count"), [(1 / 24, 60), (1, 24), (7, 7), (30, 30)])
def test_ranges_are_cut_into_so_many_bars(db: None, length: float, count: int) -> None:
    assert (
        len(
            bars_of(
                [],
                after=datetime(2024, 1, 1, tzinfo=UTC),
                before=datetime(2024, 1, 1, tzinfo=UTC) + timedelta(days=length),
            )
        )
        == count
    )
