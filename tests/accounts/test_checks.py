"""A missing or short secret is named at the start."""

from typing import Any

import pytest

from accounts import checks


@pytest.mark.parametrize(("secret", "ids"), [("", ["accounts.E001"]), ("short", ["accounts.W001"]), ("x" * 50, [])])
def test_the_secret_key_is_there_and_long_enough(settings: Any, secret: str, ids: list[str]) -> None:
    settings.SECRET_KEY = secret

    found = checks.secret_key_is_set()

    assert [message.id for message in found] == ids
    assert all("50" in str(message.hint) for message in found)
