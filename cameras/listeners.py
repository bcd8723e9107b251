"""Signals from the floor below."""

from typing import Any

from accounts.models import ApiToken, RefreshFamily, Role, User, UserGroup
from cameras import events, sight


def on_access_changed(user_ids: list[int], **kwargs: Any) -> None:
    """Open sockets of these people come back and are checked again."""
    events.ask_to_return(user_ids)


def on_credentials_changed(sender: type[ApiToken] | type[RefreshFamily], ids: list[Any], **kwargs: Any) -> None:
    """Open sockets of these API tokens, or of programs that signed in, come back and are checked again."""
    events.ask_programs_to_return(sender, ids)


def on_sight_handed_on(actor: User, holder: Role | UserGroup | User, **kwargs: Any) -> None:
    """Whoever becomes part of a role or group of people sees what is granted to it; with somebody's account, what they see.

    Raises MoreThanYouHold.
    """
    if isinstance(holder, User):
        sight.check_may_change(actor, holder)
    else:
        sight.check_may_hand_on(actor, holder)
