"""Reads the environment: one prefix, typed, and every bad variable reported at once."""

import re
from collections.abc import Callable, Iterable
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any, cast

import environs
from environs import FileAwareEnv, ValidationError

BASE_DIR = Path(__file__).resolve().parent.parent.parent

env = FileAwareEnv(eager=False, prefix="VMS_")
unprefixed = FileAwareEnv(eager=False)

_unreadable: dict[str, list[str]] = {}
_NUMBER = re.compile(r"([a-z-]+)=([0-9]{1,9})")

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


def networks(texts: Iterable[str] | None) -> tuple[IPv4Network | IPv6Network, ...]:
    """Addresses and CIDRs, read; nothing when `seal` is about to say what is wrong with them."""
    try:
        return tuple(ip_network(text.strip(), strict=False) for text in texts or ())
    except ValueError:
        return ()


def only_networks(texts: Iterable[str]) -> None:
    """For `validate=`. Raises environs.ValidationError when one is no address and no CIDR."""
    for text in texts:
        try:
            ip_network(text.strip(), strict=False)
        except ValueError as error:
            raise ValidationError(f"{error}; write addresses or CIDRs, for example 192.0.2.7,10.0.0.0/8") from error


def numbers(texts: Iterable[str] | None) -> dict[str, int]:
    """`read=600`, read; nothing when `seal` is about to say what is wrong with them."""
    found = [_NUMBER.fullmatch(text.strip()) for text in texts or ()]
    return {one[1]: int(one[2]) for one in found if one}


def only_numbers(known: Iterable[str]) -> Callable[[Iterable[str]], None]:
    """For `validate=`: whole numbers for names that are known. It raises environs.ValidationError."""

    def check(texts: Iterable[str]) -> None:
        for text in texts:
            one = _NUMBER.fullmatch(text.strip())
            if one is None or one[1] not in known:
                raise ValidationError(f"{text!r}: write name=number, with a name of {', '.join(known)}")

    return check


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
