"""Each rule finds what it is for, in a trace as it looks in the tables, and lets alone what only looks like it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts import refresh_families
from accounts.models import ApiToken, User
from accounts.refresh_families import RefreshTokenReused
from alerts import watching
from alerts.choices import RuleName, Severity
from alerts.models import SecurityEvent, TokenCountry
from alerts.security import key_guessing, new_country
from alerts.security.finding import Limits
from alerts.security.key_guessing import Tries
from streaming.choices import RefusalCause
from streaming.models import PublishAttempt

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
Make = Callable[..., None]


def test_credential_stuffing_from_one_address(db: None, tried: Make) -> None:
    tried(40, outcome="wrong", address="203.0.113.7")
    tried(2, outcome="signed_in", address="203.0.113.7")
    event = watching.watch(RuleName.FAILED_SIGN_INS)[0]

    assert (event.subject, event.address, event.severity) == ("network 203.0.113.7", "203.0.113.7", Severity.MEDIUM)
    assert event.facts == {"network": "203.0.113.7", "failures": 40, "accounts_tried": 40}


def test_one_account_is_tried_from_many_networks(operator: User, tried: Make) -> None:
    for host in range(25):
        tried(1, outcome="locked_out", address=f"198.51.100.{host}", email=operator.email)
    event = watching.watch(RuleName.FAILED_SIGN_INS)[0]

    assert (event.user, event.facts) == (operator, {"failures": 25, "networks": 25})


def test_an_office_on_monday_morning_is_no_burst(db: None, tried: Make) -> None:
    """Sixty people behind one address; every third mistypes once."""
    tried(60, outcome="signed_in", address="203.0.113.7")
    tried(20, outcome="wrong", address="203.0.113.7")

    assert watching.watch(RuleName.FAILED_SIGN_INS) == []


def test_somebody_who_forgot_their_password_is_no_burst(operator: User, tried: Make) -> None:
    tried(6, outcome="wrong", address="203.0.113.7", email=operator.email)
    tried(3, outcome="locked_out", address="203.0.113.7", email=operator.email)

    assert watching.watch(RuleName.FAILED_SIGN_INS) == []


def test_a_token_turns_up_in_another_country_minutes_later(token: ApiToken, called: Make, now: datetime) -> None:
    TokenCountry.objects.create(token=token, country="DE", first_at=now - 30 * DAY, last_at=now - 10 * MINUTE)
    called(3, ago=timedelta(0), within=MINUTE, address="8.8.8.8")
    event = watching.watch(RuleName.NEW_COUNTRY)[0]

    assert (event.token, event.user, event.address) == (token, token.owner, "8.8.8.8")
    assert event.facts["country"] == "US"
    assert event.facts["known"] == ["DE"]
    assert event.facts["impossible_travel"]


def test_a_tokens_first_country_and_the_next_address_in_it_are_no_news(
    token: ApiToken, called: Make, now: datetime
) -> None:
    called(3, ago=timedelta(0), within=MINUTE, address="194.25.0.60")
    assert watching.watch(RuleName.NEW_COUNTRY) == []

    called(3, ago=timedelta(0), within=MINUTE, address="2a02:8100::1")
    called(3, ago=timedelta(0), within=MINUTE, address="10.0.0.7")
    assert watching.watch(RuleName.NEW_COUNTRY) == []
    assert [row.country for row in TokenCountry.objects.all()] == ["DE"]


def test_a_journey_of_a_day_is_possible(now: datetime) -> None:
    found = new_country.findings({1: {"US"}}, {1: {"DE": now - DAY}}, now)

    assert [(token, country, facts["impossible_travel"]) for token, country, facts in found] == [(1, "US", False)]


def test_without_a_country_database_nothing_is_told(
    token: ApiToken, called: Make, settings: Any, tmp_path: Any
) -> None:
    settings.COUNTRY_DATABASE = tmp_path / "missing.mmdb"
    called(3, ago=timedelta(0), within=MINUTE)

    assert watching.watch(RuleName.NEW_COUNTRY) == []


def test_a_stolen_refresh_token_is_used(operator: User, django_capture_on_commit_callbacks: Any) -> None:
    first = refresh_families.begin(actor=operator, address="192.0.2.1", user_agent="VMS mobile")
    refresh_families.refresh(first.refresh, address="192.0.2.1", user_agent="VMS mobile")
    with django_capture_on_commit_callbacks(execute=True), pytest.raises(RefreshTokenReused):
        refresh_families.refresh(first.refresh, address="203.0.113.7", user_agent="curl")
    event = SecurityEvent.objects.get(rule=RuleName.REFRESH_REUSED)

    assert (event.user, event.address, event.severity) == (operator, "203.0.113.7", Severity.HIGH)
    assert event.facts["last_good_address"] == "192.0.2.1"


def test_a_program_that_refreshes_every_five_minutes_is_no_thief(
    operator: User, django_capture_on_commit_callbacks: Any
) -> None:
    pair = refresh_families.begin(actor=operator, address="192.0.2.1", user_agent="VMS mobile")
    with django_capture_on_commit_callbacks(execute=True):
        for host in range(5):
            pair = refresh_families.refresh(pair.refresh, address=f"192.0.2.{host}", user_agent="VMS mobile")

    assert not SecurityEvent.objects.exists()


def test_somebody_who_leaves_takes_footage_along(operator: User, opened: Make) -> None:
    for day in range(1, 10):
        opened(operator, cameras=4, ago=day * DAY)
    opened(operator, cameras=70, ago=20 * MINUTE)
    event = watching.watch(RuleName.MASS_DOWNLOAD)[0]

    assert (event.user, event.severity) == (operator, Severity.HIGH)
    assert event.facts == {"cameras": 70, "passes": 70, "busiest_hour_before": 4}


def test_a_wall_that_renews_its_passes_and_watches_live_is_no_download(operator: User, opened: Make) -> None:
    opened(operator, cameras=12, each=20, ago=20 * MINUTE)
    opened(operator, cameras=200, ago=20 * MINUTE, kind="live")

    assert watching.watch(RuleName.MASS_DOWNLOAD) == []


def test_who_looks_through_all_cameras_every_day_is_no_thief(operator: User, opened: Make) -> None:
    opened(operator, cameras=60, ago=DAY)
    opened(operator, cameras=70, ago=20 * MINUTE)

    assert watching.watch(RuleName.MASS_DOWNLOAD) == []


def test_a_token_asks_far_more_than_it_ever_did(token: ApiToken, called: Make) -> None:
    called(120, ago=2 * MINUTE, within=2 * HOUR)
    called(500, ago=timedelta(0), within=0.9 * MINUTE)
    event = watching.watch(RuleName.REQUEST_RATE)[0]

    assert event.token == token
    assert event.facts["requests_per_minute"] == 500
    assert event.facts["busiest_minute_before"] <= 2


def test_a_nightly_job_is_its_own_past(called: Make) -> None:
    called(480, ago=DAY, within=0.9 * MINUTE)
    called(500, ago=timedelta(0), within=0.9 * MINUTE)

    assert watching.watch(RuleName.REQUEST_RATE) == []


def test_a_new_program_has_no_past_yet(token: ApiToken, called: Make, now: datetime) -> None:
    ApiToken.objects.filter(pk=token.pk).update(created_at=now - HOUR)
    called(500, ago=timedelta(0), within=0.9 * MINUTE)

    assert watching.watch(RuleName.REQUEST_RATE) == []


def test_names_of_cameras_are_guessed(db: None, now: datetime) -> None:
    facts = {"first_at": now - 2 * MINUTE, "last_at": now, "cause": RefusalCause.UNKNOWN_CAMERA}
    PublishAttempt.objects.bulk_create(
        PublishAttempt(presented_name=f"cam{number}", address="203.0.113.7", **facts) for number in range(30)
    )
    event = watching.watch(RuleName.KEY_GUESSING)[0]

    assert (event.address, event.facts["names"], event.facts["tries"]) == ("203.0.113.7", 30, 30)


def test_keys_of_one_camera_are_guessed(db: None) -> None:
    limits = Limits(threshold=10, window_seconds=600, factor=120)

    assert key_guessing.findings([Tries("203.0.113.7", "gate", 4000, 800.0)], limits)
    assert not key_guessing.findings([Tries("203.0.113.7", "gate", 100_000, 12.0)], limits)


def test_a_site_whose_keys_have_expired_and_an_encoder_with_an_old_key_guess_nothing(db: None, now: datetime) -> None:
    old = {"address": "203.0.113.7", "first_at": now - 3 * DAY, "last_at": now}
    PublishAttempt.objects.create(presented_name="gate", cause=RefusalCause.WRONG_KEY, count=50_000, **old)
    for number in range(30):
        PublishAttempt.objects.create(presented_name=f"c{number}", cause=RefusalCause.EXPIRED_KEY, count=900, **old)

    assert watching.watch(RuleName.KEY_GUESSING) == []
