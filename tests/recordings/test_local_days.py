"""A site's days."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from recordings.local_days import bounds_of, day_of


@pytest.mark.parametrize(
    ("zone", "day", "start", "hours"),
    [
        ("UTC", "2030-06-01", "2030-06-01T00:00Z", 24),
        ("Europe/Berlin", "2030-03-31", "2030-03-30T23:00Z", 23),
        ("Europe/Berlin", "2030-10-27", "2030-10-26T22:00Z", 25),
        ("America/New_York", "2030-03-10", "2030-03-10T05:00Z", 23),
        ("Asia/Kolkata", "2030-06-01", "2030-05-31T18:30Z", 24),
        ("Australia/Lord_Howe", "2030-04-07", "2030-04-06T13:00Z", 24.5),
        # Clocks skip midnight: the day begins at 01:00.
        ("America/Santiago", "2030-09-08", "2030-09-08T04:00Z", 23),
        # Midnight comes twice: the day begins at the first.
        ("America/Havana", "2030-11-03", "2030-11-03T04:00Z", 25),
        # A day that the calendar left out.
        ("Pacific/Apia", "2011-12-30", "2011-12-30T10:00Z", 0),
    ],
)
def test_a_day_is_as_long_as_the_sites_clocks_make_it(zone: str, day: str, start: str, hours: float) -> None:
    begins, ends = bounds_of(date.fromisoformat(day), ZoneInfo(zone))

    assert begins == datetime.fromisoformat(start)
    assert ends - begins == timedelta(hours=hours)
    assert begins.tzinfo is UTC


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/Havana", "America/Santiago", "Pacific/Auckland"])
def test_days_follow_each_other_without_gap_or_overlap(zone: str) -> None:
    days = [date(2030, 1, 1) + timedelta(days=number) for number in range(365)]
    bounds = [bounds_of(day, ZoneInfo(zone)) for day in days]

    assert all(before[1] == after[0] for before, after in pairwise(bounds))
    assert [day_of(begins, ZoneInfo(zone)) for begins, _ in bounds] == days
    assert [day_of(ends - timedelta(microseconds=1), ZoneInfo(zone)) for _, ends in bounds] == days
