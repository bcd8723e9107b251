"""Questions about people, groups of people and API tokens, and how people are made."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, Self, TypeVar

from django.contrib.auth.base_user import BaseUserManager
from django.db.models import Model, Q, QuerySet

from accounts.scopes import Scope

if TYPE_CHECKING:
    from accounts.models import User

Row_co = TypeVar("Row_co", bound=Model, covariant=True)


class UserQuerySet(QuerySet[Row_co]):
    """People…"""

    def visible_to(self, user: Any) -> Self:
        """…whom this person may know of: all, or only themselves."""
        if not getattr(user, "is_active", False):
            return self.none()
        return self if user.has_scope(Scope.MEMBERS_READ) else self.filter(pk=user.pk)


class UserGroupQuerySet(QuerySet[Row_co]):
    """Groups of people…"""

    def visible_to(self, user: Any) -> Self:
        """…that this person may know of: all, or those they belong to."""
        if not getattr(user, "is_active", False):
            return self.none()
        return self if user.has_scope(Scope.MEMBERS_READ) else self.filter(members=user)


class ApiTokenQuerySet(QuerySet[Row_co]):
    """API tokens…"""

    def visible_to(self, user: Any) -> Self:
        """…that this person may look after: all, or their own."""
        if not getattr(user, "is_active", False):
            return self.none()
        return self if user.has_scope(Scope.TOKENS_ALL) else self.filter(owner=user)

    def valid_at(self, now: datetime) -> Self:
        """…that may be used at this instant."""
        return self.filter(Q(expires_at__isnull=True) | Q(expires_at__gt=now), revoked_at__isnull=True)


class UserManager(BaseUserManager["User"].from_queryset(UserQuerySet)):  # type: ignore[misc]
    """Users by e-mail, whatever its capitals."""

    def get_by_natural_key(self, username: str | None) -> "User":
        """The user with this e-mail address.

        Raises User.DoesNotExist.
        """
        found: User = self.select_related("role").get(email__iexact=username)
        return found

    def create_user(self, email: str, password: str | None, **fields: Any) -> "User":
        """Make a user; without a password the account cannot sign in by one."""
        user: User = self.model(email=email.lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user
