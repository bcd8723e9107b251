"""The country of an address, whichever layout the file has, and without one."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from accounts import countries
from accounts.countries import _code_in
from vms.settings.env import BASE_DIR

PACKAGED = BASE_DIR / "node_modules/@ip-location-db/geo-whois-asn-country-mmdb/geo-whois-asn-country.mmdb"


@pytest.mark.parametrize(
    ("address", "country"),
    [
        ("8.8.8.8", "US"),
        ("194.25.0.60", "DE"),
        ("2a02:8100::1", "DE"),
        ("10.0.0.1", None),
        ("127.0.0.1", None),
        ("::1", None),
        ("no address", None),
        (None, None),
    ],
)
def test_by_the_file_that_comes_with_the_packages(settings: Any, address: str | None, country: str | None) -> None:
    settings.COUNTRY_DATABASE = PACKAGED

    assert countries.can_tell()
    assert countries.country_of(address) == country


@pytest.mark.parametrize(
    ("found", "code"),
    [
        ({"country_code": "de"}, "DE"),
        ({"country": {"iso_code": "DE", "names": {"en": "Germany"}}}, "DE"),
        ({"country": {"names": {}}}, None),
        ({"country_code": ""}, None),
        ({}, None),
        (None, None),
        ("DE", None),
    ],
)
def test_both_layouts_are_read(found: object, code: str | None) -> None:
    assert _code_in(found) == code


def test_without_a_file_nobody_can_tell(settings: Any, tmp_path: Path) -> None:
    settings.COUNTRY_DATABASE = tmp_path / "missing.mmdb"

    assert not countries.can_tell()
    assert countries.country_of("8.8.8.8") is None


def test_a_broken_file_is_named_in_the_log(settings: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    settings.COUNTRY_DATABASE = tmp_path / "broken.mmdb"
    settings.COUNTRY_DATABASE.write_bytes(b"not a database")

    assert not countries.can_tell()
    assert "broken.mmdb cannot be read" in caplog.text


def test_a_file_that_is_put_in_place_is_read_without_a_restart(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(countries, "_LOOK_AGAIN_SECONDS", 0.0)
    settings.COUNTRY_DATABASE = tmp_path / "country.mmdb"
    assert not countries.can_tell()

    shutil.copy(PACKAGED, tmp_path / "new.mmdb")
    (tmp_path / "new.mmdb").rename(settings.COUNTRY_DATABASE)

    assert countries.country_of("8.8.8.8") == "US"
