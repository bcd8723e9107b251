"""Signals from the floor below."""

from typing import Any

from cameras import events


def on_access_changed(user_ids: list[int], **kwargs: Any) -> None:
    """Open sockets of these people come back and are checked again."""
    events.ask_to_return(user_ids)
