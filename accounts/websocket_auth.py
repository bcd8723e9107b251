"""Who opens a socket: a browser by its session cookie, or a program by a bearer credential.

A program sends `Authorization: Bearer …`. A browser that works with a credential cannot; it offers the subprotocols `vms` and
`vms.bearer.<credential>`, and gets the first, so that the credential is not sent back. Other sites may not open sockets with somebody's cookie, so a socket with a
cookie must come from our own pages; nobody sends a credential without meaning to, so a socket with one may come from anywhere.
"""

from typing import Any, Final

from channels.auth import AuthMiddlewareStack
from channels.db import database_sync_to_async
from channels.security.websocket import AllowedHostsOriginValidator
from django.contrib.auth.models import AnonymousUser

from accounts import bearers, second_factor
from accounts.addresses import address_of
from accounts.models import User
from accounts.refusals import CredentialRefused

PROTOCOL: Final = "vms"
_CREDENTIAL_PROTOCOL: Final = "vms.bearer."


def authenticated(application: Any) -> Any:
    """The application with `user`, `credential` and `subprotocol` in its scope. Whoever proves nothing is AnonymousUser."""
    by_cookie = AllowedHostsOriginValidator(AuthMiddlewareStack(_past_second_factor(application)))

    async def by_credential(scope: Any, receive: Any, send: Any) -> None:
        presented = _presented_in(scope)
        scope = {**scope, "credential": None, "subprotocol": _chosen_from(scope)}
        if presented is None:
            await by_cookie(scope, receive, send)
            return
        scope["user"] = AnonymousUser()
        try:
            bearer = await database_sync_to_async(bearers.bearer_of)(presented, address=address_of(scope))
            scope |= {"user": bearer.user, "credential": bearer.credential}
        except CredentialRefused:
            pass  # a socket is told so by the code with which it is closed
        await application(scope, receive, send)

    return by_credential


def _past_second_factor(application: Any) -> Any:
    """The application, for which whoever still has to enrol a second factor is nobody yet."""

    async def checked(scope: Any, receive: Any, send: Any) -> None:
        user = scope["user"]
        if isinstance(user, User) and await database_sync_to_async(second_factor.is_missing)(user):
            scope = {**scope, "user": AnonymousUser()}
        await application(scope, receive, send)

    return checked


def _presented_in(scope: Any) -> str | None:
    """The credential of the header, or of a subprotocol; None when there is neither."""
    for name, value in scope["headers"]:
        presented = bearers.presented_in(value.decode("latin-1")) if name == b"authorization" else None
        if presented is not None:
            return presented
    offered = [one for one in scope.get("subprotocols", ()) if one.startswith(_CREDENTIAL_PROTOCOL)]
    return offered[0].removeprefix(_CREDENTIAL_PROTOCOL) if offered else None


def _chosen_from(scope: Any) -> str | None:
    """Browsers close a socket of whose subprotocols none was chosen, so one is, whichever they are."""
    offered = scope.get("subprotocols", ())
    ours = [one for one in offered if one == PROTOCOL or one.startswith(_CREDENTIAL_PROTOCOL)]
    return min(ours, key=len, default=None)
