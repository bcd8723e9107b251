"""Questions about cameras and places. `visible_to` is the only place where visibility is decided."""

from typing import Any, Self, TypeVar

from django.db.models import Model, Q, QuerySet

from accounts.models import User
from accounts.scopes import Scope
from cameras.choices import Badge

Row_co = TypeVar("Row_co", bound=Model, covariant=True)


class CameraQuerySet(QuerySet[Row_co]):
    """Cameras…"""

    def visible_to(self, user: Any) -> Self:
        """…that this person may know of: all, or those of the sites and groups granted to them or to their role."""
        if not isinstance(user, User) or not user.has_scope(Scope.CAMERAS_READ):
            return self.none()
        if user.has_scope(Scope.CAMERAS_ALL):
            return self
        granted = (
            Q(site__grants__user=user)
            | Q(site__grants__role=user.role_id)
            | Q(group__ancestors__grants__user=user)
            | Q(group__ancestors__grants__role=user.role_id)
        )
        return self.filter(pk__in=self.model._base_manager.filter(granted).values("pk"))

    def in_use(self) -> Self:
        """…that are not retired."""
        return self.filter(retired_at__isnull=True)

    def with_badge(self, badge: Badge) -> Self:
        """…of which people see this word."""
        if badge == Badge.RETIRED:
            return self.filter(retired_at__isnull=False)
        if badge == Badge.INACTIVE:
            return self.in_use().filter(active=False)
        return self.in_use().filter(active=True, status=badge.value)

    def matching(self, words: str) -> Self:
        """…whose name, serial number, place, vendor, model, site or group contain every one of the words."""
        found = self
        for word in words.split():
            fields = ("name", "serial_number", "public_id", "place", "vendor", "model", "site__name", "group__name")
            condition = Q()
            for field in fields:
                condition |= Q(**{f"{field}__icontains": word})
            found = found.filter(condition)
        return found


class SiteQuerySet(QuerySet[Row_co]):
    """Sites…"""

    def visible_to(self, user: Any) -> Self:
        """…of which this person may see all or some cameras."""
        if not isinstance(user, User) or not user.has_scope(Scope.CAMERAS_READ):
            return self.none()
        if user.has_scope(Scope.CAMERAS_ALL):
            return self
        granted = (
            Q(grants__user=user)
            | Q(grants__role=user.role_id)
            | Q(cameras__group__ancestors__grants__user=user)
            | Q(cameras__group__ancestors__grants__role=user.role_id)
        )
        return self.filter(pk__in=self.model._base_manager.filter(granted).values("pk"))


class CameraGroupQuerySet(QuerySet[Row_co]):
    """Camera groups…"""

    def visible_to(self, user: Any) -> Self:
        """…granted to this person or their role, and the groups inside them."""
        if not isinstance(user, User) or not user.has_scope(Scope.CAMERAS_READ):
            return self.none()
        if user.has_scope(Scope.CAMERAS_ALL):
            return self
        granted = Q(ancestors__grants__user=user) | Q(ancestors__grants__role=user.role_id)
        return self.filter(pk__in=self.model._base_manager.filter(granted).values("pk"))
