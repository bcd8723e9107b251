"""The playback page: the day of the site, its bounds, and the table that works without JavaScript."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.audit import SYSTEM
from accounts.models import Role, User
from accounts.scopes import Scope
from cameras import enrolment
from cameras.models import Camera, Site
from recordings.local_days import day_of
from recordings.models import Recording

Page = Callable[[User], Client]


def record(camera: Camera, start: str, end: str, cause: str = "publisher_closed", detail: str = "") -> None:
    Recording.objects.create(
        camera=camera,
        run_id=uuid.uuid4(),
        started_at=datetime.fromisoformat(start),
        ended_at=datetime.fromisoformat(end),
        end_cause=cause,
        end_detail=detail,
    )


def address(camera: Camera, query: str = "") -> str:
    return f"/cameras/{camera.public_id}/playback/{query}"


def test_today_at_the_site_is_shown_by_default(viewer: User, camera: Camera, page_of: Page) -> None:
    answer = page_of(viewer).get(address(camera))

    today = day_of(timezone.now(), camera.site.zone)
    assert answer.context["day"] == today
    assert answer.context["next_day"] is None
    assert f"?day={today - timedelta(days=1)}" in answer.content.decode()


@pytest.mark.parametrize(
    ("day", "start", "end"),
    [
        ("2025-03-30", "2025-03-29T23:00:00Z", "2025-03-30T22:00:00Z"),
        ("2025-10-26", "2025-10-25T22:00:00Z", "2025-10-26T23:00:00Z"),
        ("2025-06-01", "2025-05-31T22:00:00Z", "2025-06-01T22:00:00Z"),
    ],
)
def test_the_timeline_is_as_long_as_the_sites_day(
    viewer: User, camera: Camera, page_of: Page, day: str, start: str, end: str
) -> None:
    content = page_of(viewer).get(address(camera, f"?day={day}")).content.decode()

    assert f'day-start="{start}" day-end="{end}" zone="Europe/Berlin"' in content


@pytest.mark.parametrize(("day", "hours"), [("2025-03-30", b"23 hours"), ("2025-10-26", b"25 hours")])
def test_a_day_of_another_length_says_why(viewer: User, camera: Camera, page_of: Page, day: str, hours: bytes) -> None:
    assert hours + b" because clocks change" in page_of(viewer).get(address(camera, f"?day={day}")).content


def test_neighbouring_days_are_linked(viewer: User, camera: Camera, page_of: Page) -> None:
    content = page_of(viewer).get(address(camera, "?day=2025-02-28")).content.decode()

    assert 'rel="prev" href="?day=2025-02-27"' in content
    assert 'rel="next" href="?day=2025-03-01"' in content


def test_the_table_tells_footage_and_gaps_with_their_causes_in_the_sites_time(
    viewer: User, camera: Camera, page_of: Page
) -> None:
    record(camera, "2025-06-01T08:00:00Z", "2025-06-01T09:00:00Z", "recorder_crashed", "exit 1")
    record(camera, "2025-06-01T09:05:30Z", "2025-06-01T10:00:00Z")

    answer = page_of(viewer).get(address(camera, "?day=2025-06-01"))

    rows = [(row.length, row.cause, row.detail) for row in answer.context["page"].object_list]
    assert rows == [
        ("10 h", "Nothing was recorded yet", ""),
        ("1 h", "", ""),
        ("5 min 30 s", "The recorder failed", "exit 1"),
        ("54 min 30 s", "", ""),
        ("12 h", "The camera stopped publishing", ""),
    ]
    content = answer.content.decode()
    assert "10:00:00 CEST" in content
    assert "?day=2025-06-01&amp;at=2025-06-01T08:00:00Z" in content


def test_a_long_table_comes_in_pages_that_keep_the_day(viewer: User, camera: Camera, page_of: Page) -> None:
    begin = datetime(2025, 6, 1, tzinfo=UTC)
    for number in range(40):
        start = begin + timedelta(minutes=10 * number)
        record(camera, start.isoformat(), (start + timedelta(minutes=5)).isoformat())

    answer = page_of(viewer).get(address(camera, "?day=2025-06-01"))

    assert len(answer.context["page"].object_list) == 50
    assert "?day=2025-06-01&amp;page=2" in answer.content.decode()
    part = page_of(viewer).get(address(camera, "?day=2025-06-01&page=2"), headers={"HX-Request": "true"})
    assert b"<html" not in part.content
    assert b"No footage" in part.content


@pytest.mark.parametrize(
    ("at", "day"),
    [
        ("2025-06-01T21:59:59Z", "2025-06-01"),
        ("2025-06-01T22:00:00Z", "2025-06-02"),
        ("2025-06-01T22:00:00%2B02:00", "2025-06-01"),
    ],
)
def test_a_link_to_an_instant_opens_the_day_it_lies_in(
    viewer: User, camera: Camera, page_of: Page, at: str, day: str
) -> None:
    assert str(page_of(viewer).get(address(camera, f"?at={at}")).context["day"]) == day


@pytest.mark.parametrize("at", ["rubbish", "2025-06-01T10:00:00", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", ""])
def test_a_link_to_no_instant_opens_today(viewer: User, camera: Camera, page_of: Page, at: str) -> None:
    answer = page_of(viewer).get(address(camera, f"?at={at}"))

    assert answer.context["day"] == day_of(timezone.now(), camera.site.zone)


def test_a_day_that_is_asked_for_wins_over_the_instant(viewer: User, camera: Camera, page_of: Page) -> None:
    answer = page_of(viewer).get(address(camera, "?day=2025-06-03&at=2025-06-01T10:00:00Z"))

    assert str(answer.context["day"]) == "2025-06-03"


@pytest.mark.parametrize(
    ("day", "words"),
    [
        ("2025-13-01", b"That is not a day"),
        ("yesterday", b"That is not a day"),
        ("2025-02-30", b"That is not a day"),
        ("9999-12-31", b"That day has not begun yet"),
        ("0001-01-01", b"no footage from before"),
    ],
)
def test_a_day_that_cannot_be_shown_is_refused_in_words(
    viewer: User, camera: Camera, page_of: Page, day: str, words: bytes
) -> None:
    answer = page_of(viewer).get(address(camera, f"?day={day}"))

    assert answer.status_code == 400
    assert words in answer.content
    assert b"Show today" in answer.content


def test_a_day_that_the_calendar_left_out_is_empty(viewer: User, camera: Camera, page_of: Page) -> None:
    Site.objects.update(time_zone="Pacific/Apia")

    answer = page_of(viewer).get(address(camera, "?day=2011-12-30"))

    assert answer.status_code == 200
    assert answer.context["page"].object_list == []


def test_player_and_timeline_are_wired(viewer: User, camera: Camera, page_of: Page) -> None:
    content = page_of(viewer).get(address(camera)).content.decode()

    assert "data-playback" in content
    assert f'camera="{camera.public_id}" mode="recorded"' in content
    for action in ("previous-gap", "next-gap", "zoom-in", "zoom-out", "live", "back-10", "forward-10", "play", "speed"):
        assert f'data-action="{action}"' in content


def test_a_retired_cameras_footage_is_played_back_but_not_live(operator: User, camera: Camera, page_of: Page) -> None:
    enrolment.retire_camera(camera, actor=SYSTEM)

    answer = page_of(operator).get(address(camera))

    assert answer.status_code == 200
    assert b'data-action="live"' not in answer.content


def test_playback_needs_its_own_scope(make_user: Callable[..., User], camera: Camera, page_of: Page) -> None:
    Role.objects.create(name="guard", label="Guard", scopes=[Scope.CAMERAS_READ, Scope.CAMERAS_ALL, Scope.LIVE_WATCH])
    browser = page_of(make_user("guard"))

    assert browser.get(address(camera)).status_code == 403
    assert b"/playback/" not in browser.get(camera.get_absolute_url()).content


def test_a_day_costs_the_same_whatever_was_recorded(
    viewer: User, camera: Camera, page_of: Page, django_assert_max_num_queries: Any
) -> None:
    for hour in range(20):
        record(camera, f"2025-06-01T{hour:02}:00:00Z", f"2025-06-01T{hour:02}:50:00Z")
    browser = page_of(viewer)

    with django_assert_max_num_queries(10):
        browser.get(address(camera, "?day=2025-06-01"))
