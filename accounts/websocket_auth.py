"""Turns a browser's session cookie into scope["user"]; refuses sockets that other sites open."""

from typing import Any

from channels.auth import AuthMiddlewareStack
from channels.security.websocket import AllowedHostsOriginValidator


def authenticated(application: Any) -> Any:
    """The application behind the session lock. A socket without a signed-in user gets AnonymousUser."""
    return AllowedHostsOriginValidator(AuthMiddlewareStack(application))
