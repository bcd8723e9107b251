"""Whose session it is. Passwords are not checked here: Django's `authenticate` would know no lock-out and keep no attempt."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from accounts.models import User


class SessionBackend(ModelBackend):
    """Finds the person of a session; disabled people and service accounts have none."""

    def authenticate(self, request: HttpRequest | None, *args: Any, **credentials: Any) -> None:
        """Nobody: `accounts.sign_in` is where passwords are shown."""

    def user_can_authenticate(self, user: Any) -> bool:
        """Whether this person's session goes on."""
        return isinstance(user, User) and user.is_active and not user.is_service
