"""A missing or short secret is named at the start."""

from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from accounts import checks, countries


@pytest.mark.parametrize(("secret", "ids"), [("", ["accounts.E001"]), ("short", ["accounts.W001"]), ("x" * 50, [])])
def test_the_secret_key_is_there_and_long_enough(settings: Any, secret: str, ids: list[str]) -> None:
    settings.SECRET_KEY = secret

    found = checks.secret_key_is_set()

    assert [message.id for message in found] == ids
    assert all("50" in str(message.hint) for message in found)


def test_cookies_for_https_need_a_proxy_that_is_trusted(settings: Any) -> None:
    settings.SESSION_COOKIE_SECURE, settings.TRUSTED_PROXIES = True, ()
    (found,) = checks.proxies_are_named()
    assert (found.id, "VMS_TRUSTED_PROXIES" in str(found.hint)) == ("accounts.W002", True)

    settings.TRUSTED_PROXIES = (ip_network("192.0.2.7"),)
    assert checks.proxies_are_named() == []


def test_a_missing_or_old_country_database_is_named(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(countries, "made_at", lambda: timezone.now() - timedelta(days=364))
    assert checks.countries_can_be_told() == []

    monkeypatch.setattr(countries, "made_at", lambda: timezone.now() - timedelta(days=366))
    assert [message.id for message in checks.countries_can_be_told()] == ["accounts.W004"]

    monkeypatch.undo()
    settings.COUNTRY_DATABASE = tmp_path / "missing.mmdb"
    (found,) = checks.countries_can_be_told()
    assert (found.id, "missing.mmdb" in found.msg) == ("accounts.W003", True)
