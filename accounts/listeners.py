"""Signals of the framework."""

from typing import Any

from accounts import membership


def on_tables_ready(using: str, **kwargs: Any) -> None:
    """The tables are as this version wants them, and so should be the built-in roles."""
    membership.keep_builtin_roles(using)
