"""Reads the environment: one prefix, typed, and every bad variable reported at once."""

from pathlib import Path
from typing import Any, cast

import environs
from environs import FileAwareEnv

BASE_DIR = Path(__file__).resolve().parent.parent.parent

env = FileAwareEnv(eager=False, prefix="VMS_")
unprefixed = FileAwareEnv(eager=False)

_unreadable: dict[str, list[str]] = {}

env.read_env(str(BASE_DIR / ".env"), recurse=False)


def env_path(name: str, default: str) -> Path:
    """A path; a relative one is meant from the checkout's root."""
    return BASE_DIR / env.str(name, default)


def env_secret(name: str, default: str) -> str:
    """A secret, from VMS_<name> or from the file that VMS_<name>_FILE names, without its trailing newline."""
    try:
        return env.str(name, default).strip()
    except (OSError, ValueError) as error:
        _unreadable[f"VMS_{name}_FILE"] = [str(error)]
        return default


def env_database(default: str) -> dict[str, Any]:
    """The database that DATABASE_URL names. When it names none, `seal` says so."""
    found: dict[str, Any] | None = unprefixed.dj_db_url("DATABASE_URL", default, conn_max_age=60)
    return found or {"ENGINE": ""}


def seal() -> None:
    """Raise one error that names every bad variable.

    Raises environs.EnvValidationError.
    """
    messages = dict(_unreadable)
    for reader in (env, unprefixed):
        try:
            reader.seal()
        except environs.EnvValidationError as error:
            messages |= cast("dict[str, list[str]]", error.error_messages)
    if messages:
        lines = [f"  {variable}: {', '.join(reasons)}" for variable, reasons in messages.items()]
        raise environs.EnvValidationError(
            "The environment is not right. See .env.example.\n" + "\n".join(lines), messages
        )
