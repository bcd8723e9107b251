"""Questions about people, groups of people and API tokens, and how people are made."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, NoReturn, Self, TypeVar

from django.contrib.auth.base_user import BaseUserManager
from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from accounts.choices import TokenState
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

    def matching(self, words: str) -> Self:
        """…whose name or e-mail address contains every one of the words."""
        found = self
        for word in words.split():
            found = found.filter(Q(name__icontains=word) | Q(email__icontains=word))
        return found

    def with_second_factor(self) -> Self:
        """…each with whether there is a second factor, as `second_factor`."""
        kinds = ("totp", "webauthn")
        own = self.model._meta.get_field("authenticator").related_model._base_manager.filter(  # type: ignore[union-attr]
            user=OuterRef("pk"), type__in=kinds
        )
        return self.annotate(second_factor=Exists(own))


class RoleQuerySet(QuerySet[Row_co]):
    """Roles…"""

    def visible_to(self, user: Any) -> Self:
        """…that this person may know of: all, or their own."""
        if not getattr(user, "is_active", False):
            return self.none()
        return self if user.has_scope(Scope.MEMBERS_READ) else self.filter(pk=user.role_id)


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
        usable = Q(revoked_at__isnull=True, suspended_at__isnull=True)
        return self.filter(usable, Q(expires_at__isnull=True) | Q(expires_at__gt=now))

    def in_state(self, state: TokenState, now: datetime) -> Self:
        """…that are in this state at this instant."""
        if state == TokenState.REVOKED:
            return self.filter(revoked_at__isnull=False)
        if state == TokenState.SUSPENDED:
            return self.filter(revoked_at__isnull=True, suspended_at__isnull=False)
        over = self.filter(revoked_at=None, suspended_at=None, expires_at__lte=now)
        return self.valid_at(now) if state == TokenState.VALID else over

    def matching(self, words: str) -> Self:
        """…whose name, key or owner contains every one of the words."""
        found = self
        for word in words.split():
            anywhere = Q(name__icontains=word) | Q(key__icontains=word.removeprefix("vms_"))
            found = found.filter(anywhere | Q(owner__name__icontains=word) | Q(owner__email__icontains=word))
        return found


class AccessRuleQuerySet(QuerySet[Row_co]):
    """Access rules…"""

    def visible_to(self, user: Any) -> Self:
        """…that this person may look after: all, or none."""
        return self if getattr(user, "is_active", False) and user.has_scope(Scope.ACCESS_RULES_WRITE) else self.none()


class RefreshFamilyQuerySet(QuerySet[Row_co]):
    """Sign-ins of programs…"""

    def visible_to(self, user: Any) -> Self:
        """…that were made for this person."""
        return self.filter(user=user) if getattr(user, "is_active", False) else self.none()

    def open_at(self, now: datetime) -> Self:
        """…that are good at this instant."""
        return self.filter(revoked_at__isnull=True, expires_at__gt=now)


class AuditEntryQuerySet(QuerySet[Row_co]):
    """Audit entries…"""

    def visible_to(self, user: Any) -> Self:
        """…for those who may read the audit. A token that reaches only some cameras reads nothing of it."""
        return self if _may_read(user, Scope.AUDIT_READ) else self.none()

    def update(self, **facts: Any) -> NoReturn:
        """Entries are not changed. Raises TypeError."""
        raise TypeError("Audit entries cannot be changed.")

    def delete(self) -> NoReturn:
        """Entries are not deleted; accounts.retention removes the oldest as the policy says. Raises TypeError."""
        raise TypeError("Audit entries cannot be deleted.")

    delete.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined]


class SignInAttemptQuerySet(QuerySet[Row_co]):
    """Attempts to sign in…"""

    def visible_to(self, user: Any) -> Self:
        """…for those who may read the audit."""
        return self if _may_read(user, Scope.AUDIT_READ) else self.none()


class ApiCallQuerySet(QuerySet[Row_co]):
    """Requests to the API…"""

    def visible_to(self, user: Any) -> Self:
        """…for those who may read how the API is used."""
        return self if _may_read(user, Scope.USAGE_READ) else self.none()


def _may_read(user: Any, scope: Scope) -> bool:
    if not getattr(user, "is_active", False) or not user.has_scope(scope):
        return False
    return user.through is None or not user.through.restricted


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
