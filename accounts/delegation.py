"""Nobody gives more than they hold: neither scopes nor sight, neither to others nor to themselves."""

from collections.abc import Iterable
from typing import Any

from accounts.audit import Actor
from accounts.models import Role, User, UserGroup
from accounts.scopes import Scope
from accounts.signals import sight_handed_on


class ChangeRefused(Exception):
    """Somebody may change such things, but not this one in this way. The text says why, in words for people."""


class MoreThanYouHold(ChangeRefused):
    """The change would give something that the actor does not have, or is about somebody who has it."""

    def __init__(self, what: str) -> None:
        super().__init__(f"This goes beyond what you hold yourself: {what}. Ask an administrator.")


def check_holds(actor: Actor, scopes: Iterable[str]) -> None:
    """Raise MoreThanYouHold unless the actor holds every one of the scopes. The system holds all of them."""
    if isinstance(actor, User) and (lacking := sorted(scope for scope in scopes if not _holds(actor, scope))):
        raise MoreThanYouHold(", ".join(lacking))


def check_may_change(actor: Actor, user: User) -> None:
    """Raise MoreThanYouHold when the person may do, or sees, something that the actor may not.

    Whoever could change the e-mail address of an administrator, or disable one, would be one. That goes for a token of
    the administrator, too: it would get by a letter what it was not given.
    """
    if user == actor and getattr(actor, "through", None) is None:
        return
    check_holds(actor, user.role.scopes)
    if isinstance(actor, User):
        sight_handed_on.send(sender=User, actor=actor, holder=user)


def check_may_put_into(actor: Actor, group: Role | UserGroup) -> None:
    """Raise MoreThanYouHold unless the actor may give somebody what belongs to the role or group of people.

    Grants are kept on a floor above, which is asked by signal: a receiver raises.
    """
    if isinstance(group, Role):
        check_holds(actor, group.scopes)
    if isinstance(actor, User):
        sight_handed_on.send(sender=type(group), actor=actor, holder=group)


def _holds(actor: Any, scope: str) -> bool:
    """A token that reaches some cameras only holds no scope to see all of them."""
    return bool(actor.sees_every_camera if scope == Scope.CAMERAS_ALL else actor.has_scope(scope))
