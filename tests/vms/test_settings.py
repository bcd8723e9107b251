"""A wrong environment is told at once, whole, and without showing secrets."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from vms.settings.env import BASE_DIR

STRONG = "0123456789abcdef" * 4


def load(module: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Import a settings module in a process of its own, with only these variables."""
    environment = {"PATH": os.environ["PATH"], "VMS_DATA_ROOT": "/nonexistent", **variables}
    command = [sys.executable, "-c", f"import {module} as it; print(it.DATABASES['default']['ENGINE'], it.SECRET_KEY)"]
    return subprocess.run(command, env=environment, cwd=BASE_DIR, capture_output=True, text=True, check=False)


def test_every_bad_variable_is_named_in_one_error() -> None:
    outcome = load(
        "vms.settings.base",
        VMS_DEBUG="maybe",
        VMS_HTTP_PORT="eighty",
        VMS_RECORDING_ROTATION_SECONDS="1 h",
        DATABASE_URL="nonsense",
    )

    assert outcome.returncode != 0
    for name in ("VMS_DEBUG", "VMS_HTTP_PORT", "VMS_RECORDING_ROTATION_SECONDS", "DATABASE_URL"):
        assert name in outcome.stderr
    assert ".env.example" in outcome.stderr


@pytest.mark.parametrize(("seconds", "accepted"), [("0", False), ("1", True), ("86400", True), ("86401", False)])
def test_a_file_may_be_a_day_long_at_most(seconds: str, accepted: bool) -> None:
    outcome = load("vms.settings.base", VMS_RECORDING_ROTATION_SECONDS=seconds)

    assert (outcome.returncode == 0) is accepted
    assert accepted or "VMS_RECORDING_ROTATION_SECONDS" in outcome.stderr


@pytest.mark.parametrize(("connections", "accepted"), [("0", False), ("4", False), ("5", True)])
def test_callbacks_and_sockets_are_left_connections_to_the_database(connections: str, accepted: bool) -> None:
    outcome = load("vms.settings.base", VMS_DATABASE_CONNECTIONS=connections)

    assert (outcome.returncode == 0) is accepted
    assert accepted or "VMS_DATABASE_CONNECTIONS" in outcome.stderr


@pytest.mark.parametrize(
    ("proxies", "accepted"),
    [("", True), ("192.0.2.7, 10.0.0.1/8", True), ("2001:db8::/32", True), ("proxy.lan", False)],
)
def test_trusted_proxies_are_networks(proxies: str, accepted: bool) -> None:
    outcome = load("vms.settings.base", VMS_TRUSTED_PROXIES=proxies)

    assert (outcome.returncode == 0) is accepted
    assert accepted or "VMS_TRUSTED_PROXIES" in outcome.stderr


def test_a_bad_database_address_is_named_without_its_password() -> None:
    outcome = load("vms.settings.base", DATABASE_URL="postgres://vms:hunter2@db:notaport/vms")

    assert "DATABASE_URL" in outcome.stderr
    assert "hunter2" not in outcome.stderr.rpartition("EnvValidationError")[2]


def test_a_secret_comes_from_a_file_without_its_newline(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text(f"{STRONG}\n")

    outcome = load("vms.settings.base", VMS_SECRET_KEY_FILE=str(secret))

    assert outcome.stdout.split() == ["django.db.backends.sqlite3", STRONG]


def test_production_refuses_every_unsafe_value_at_once() -> None:
    outcome = load("vms.settings.production", VMS_DEBUG="true", VMS_ALLOWED_HOSTS="*", VMS_SECRET_KEY="short")

    assert "Not safe for production" in outcome.stderr
    for name in ("VMS_SECRET_KEY", "VMS_NODE_SECRET", "VMS_DEBUG", "VMS_ALLOWED_HOSTS", "DATABASE_URL"):
        assert name in outcome.stderr


@pytest.mark.parametrize("name", ["VMS_SECRET_KEY", "VMS_NODE_SECRET", "DATABASE_URL"])
def test_production_starts_only_when_nothing_is_missing(name: str) -> None:
    whole = {
        "VMS_SECRET_KEY": STRONG,
        "VMS_NODE_SECRET": STRONG,
        "DATABASE_URL": "postgres://vms@db/vms",
        "VMS_ALLOWED_HOSTS": "portal.vms.example",
    }
    assert load("vms.settings.production", **whole).returncode == 0

    del whole[name]
    assert name in load("vms.settings.production", **whole).stderr
