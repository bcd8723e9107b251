"""Questions about cameras and places. Here, and only here, visibility is decided.

`visible_to` says which rows a person may know of, `footage_visible_to` of which cameras they may also see what was
recorded. Both follow grants to the person, to the role, to groups of people; an API token narrows them further.
"""

from collections.abc import Callable
from typing import Any, Self, TypeAlias, TypeVar

from django.apps import apps
from django.db.models import Model, Q, QuerySet

from accounts.models import User
from accounts.scopes import Scope
from cameras.choices import Badge, Sight

Row_co = TypeVar("Row_co", bound=Model, covariant=True)
_Rows: TypeAlias = QuerySet[Any, Any]


class _GrantedQuerySet(QuerySet[Row_co]):
    """Rows that people see by grants. A subclass says which rows a grant, or a token's reach, leads to.

    Grants are looked up first, and rows by their places: joined the other way round, each camera would be multiplied by
    the grants on its site and by the members of the groups that these are to.
    """

    def visible_to(self, user: Any) -> Self:
        """…that this person may know of: all, or those of the sites and groups granted to them."""
        return self._seen_by(user, self._led_to)

    def _led_to(self, rows: _Rows) -> Q:
        """The condition to be where one of the grants or reaches leads."""
        raise NotImplementedError

    def _seen_by(self, user: Any, led_to: Callable[[_Rows], Q], **conditions: Any) -> Self:
        if not isinstance(user, User) or not user.has_scope(Scope.CAMERAS_READ):
            return self.none()
        found = self
        if not user.has_role_for_every_camera:
            grants: Any = apps.get_model("cameras", "Grant").objects
            found = found.filter(led_to(grants.reaching(user).filter(**conditions)))
        if user.through is not None and user.through.restricted:
            found = found.filter(led_to(apps.get_model("cameras", "TokenReach").objects.filter(token=user.through)))
        return found


class CameraQuerySet(_GrantedQuerySet[Row_co]):
    """Cameras…"""

    def footage_visible_to(self, user: Any) -> Self:
        """…of which this person may see what was recorded, not only what happens now."""
        if not isinstance(user, User) or not user.has_scope(Scope.RECORDINGS_READ):
            return self.none()
        return self._seen_by(user, self._led_to, sight=Sight.LIVE_AND_RECORDED)

    def _led_to(self, rows: _Rows) -> Q:
        """At a site or in a group, or the camera itself."""
        return Q(site__in=_sites(rows)) | Q(group__in=_groups(rows)) | _named_cameras(rows)

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


class _PlaceQuerySet(_GrantedQuerySet[Row_co]):
    """Places that can be granted…"""

    def shareable_by(self, user: Any, sight: Sight) -> Self:
        """…that this person sees as a whole, with cameras that are yet to come, and so may show to others."""
        if sight == Sight.LIVE:
            return self._seen_by(user, self._is_place_of)
        if not isinstance(user, User) or not user.has_scope(Scope.RECORDINGS_READ):
            return self.none()
        return self._seen_by(user, self._is_place_of, sight=sight)

    def _is_place_of(self, rows: _Rows) -> Q:
        """The condition to be the place of one of the grants or reaches, not only to have cameras in common with it."""
        raise NotImplementedError


class SiteQuerySet(_PlaceQuerySet[Row_co]):
    """Sites of which somebody sees all or some cameras…"""

    def _is_place_of(self, rows: _Rows) -> Q:
        return Q(pk__in=_sites(rows))

    def _led_to(self, rows: _Rows) -> Q:
        cameras: Any = apps.get_model("cameras", "Camera").objects
        in_groups = cameras.filter(Q(group__in=_groups(rows)) | _named_cameras(rows)).values("site")
        return self._is_place_of(rows) | Q(pk__in=in_groups)


class CameraGroupQuerySet(_PlaceQuerySet[Row_co]):
    """Camera groups, each with the groups inside it…"""

    def _is_place_of(self, rows: _Rows) -> Q:
        return Q(pk__in=_groups(rows))

    def _led_to(self, rows: _Rows) -> Q:
        return self._is_place_of(rows)


def _sites(rows: _Rows) -> _Rows:
    """The numbers of sites that grants or reaches are on."""
    return rows.filter(site__isnull=False).values("site")


def _groups(rows: _Rows) -> _Rows:
    """The numbers of groups that grants or reaches are on, and of those inside them."""
    groups: Any = apps.get_model("cameras", "CameraGroup").objects
    found: _Rows = groups.filter(ancestors__in=rows.filter(group__isnull=False).values("group")).values("pk")
    return found


def _named_cameras(rows: _Rows) -> Q:
    """The condition to be one of the cameras that reaches name; grants name none."""
    if "camera" not in {field.name for field in rows.model._meta.get_fields()}:
        return Q(pk__in=[])
    return Q(pk__in=rows.filter(camera__isnull=False).values("camera"))


class GrantQuerySet(QuerySet[Row_co]):
    """Grants…"""

    def visible_to(self, user: Any) -> Self:
        """…that this person may look after: all, but for those on places that they may not know of."""
        if not isinstance(user, User) or not user.has_scope(Scope.MEMBERS_READ):
            return self.none()
        if user.sees_every_camera:
            return self
        sites, groups = self._places()
        return self.filter(Q(site__in=sites.visible_to(user)) | Q(group__in=groups.visible_to(user)))

    def reaching(self, user: User) -> Self:
        """…that are this person's: to them, to their role, to groups of people that they belong to."""
        groups = user.user_groups.values("pk")
        return self.filter(Q(user=user) | Q(role=user.role_id) | Q(user_group__in=groups))

    def shareable_by(self, user: User, *, only_live: bool = False) -> Self:
        """…that show no more of a place than this person sees of all of it, and may so be passed on by them.

        With `only_live` what is recorded there does not count.
        """
        sites, groups = self._places()
        either = Q()
        for sight in Sight:
            shown = Sight.LIVE if only_live else sight
            whole = Q(site__in=sites.shareable_by(user, shown)) | Q(group__in=groups.shareable_by(user, shown))
            either |= whole & Q(sight=sight)
        return self.filter(either)

    def _places(self) -> Any:
        related = (self.model._meta.get_field(name).related_model for name in ("site", "group"))
        return [model._default_manager.all() for model in related]  # type: ignore[union-attr]
