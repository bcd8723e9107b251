"""The locks of the API."""

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts import elevation
from accounts.api.authentication import PortalSession
from accounts.elevation import ElevationWanted
from accounts.models import User


class IsSignedIn(BasePermission):
    """Anyone who is signed in."""

    message = "Sign in first."

    def has_permission(self, request: Request, view: Any) -> bool:
        """Whether an active user is behind the request."""
        return isinstance(request.user, User) and request.user.is_active


class InPerson(IsSignedIn):
    """Anyone who is signed in, and not an API token that speaks for them."""

    message = "An API token may not do this. Sign in to do it."

    def has_permission(self, request: Request, view: Any) -> bool:
        """Whether an active user is behind the request, by a session or a program's sign-in."""
        return super().has_permission(request, view) and getattr(request.user, "through", None) is None


class Elevated(BasePermission):
    """For what outlives a session: a person in a browser has to be elevated. A program's credential is not a session."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Whether no elevation is needed, or one is in force. Raises ElevationWanted."""
        by_session = isinstance(request.successful_authenticator, PortalSession)
        if by_session and elevation.current(request._request.session, request.user) is None:
            raise ElevationWanted
        return True


class HasScope(IsSignedIn):
    """Asks the view's `required_scopes` by method. A method that is not listed there is refused, not open."""

    message = "Your role does not allow this. Ask an administrator."

    def has_permission(self, request: Request, view: Any) -> bool:
        """Whether the user's role holds the scope that the view names for this method."""
        if not super().has_permission(request, view):
            return False
        if request.method not in view.allowed_methods:
            return True  # nothing is behind this method, and its answer is 405
        method = "GET" if request.method in ("HEAD", "OPTIONS") else str(request.method)
        scope = view.required_scopes.get(method)
        return scope is not None and isinstance(request.user, User) and request.user.has_scope(scope)
