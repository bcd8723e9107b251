"""Questions about cameras and places. Here, and only here, visibility is decided.

`visible_to` says which rows a person may know of, `footage_visible_to` of which cameras they may also see what was
recorded. Both follow grants to the person, to the role, to groups of people; an API token narrows them further.
"""

from typing import Any, Self, TypeVar

from django.db.models import Model, Q, QuerySet

from accounts.models import User
from accounts.scopes import Scope
from cameras.choices import Badge, Sight

Row_co = TypeVar("Row_co", bound=Model, covariant=True)


def granted_to(user: User, at: str, **conditions: Any) -> Q:
    """The condition that a grant reached over `at` (`site__grants`) is this person's, and fulfils the conditions."""
    subject = Q(**{f"{at}__user": user}) | Q(**{f"{at}__role": user.role_id})
    subject |= Q(**{f"{at}__user_group__members": user})
    return subject & Q(**{f"{at}__{name}": value for name, value in conditions.items()})


class _GrantedQuerySet(QuerySet[Row_co]):
    """Rows that people see by grants. A subclass says over which relations a grant, and a token's reach, come to a row."""

    grant_paths: tuple[str, ...]
    reach_paths: tuple[str, ...]

    def visible_to(self, user: Any) -> Self:
        """…that this person may know of: all, or those of the sites and groups granted to them."""
        return self._seen_by(user, self.grant_paths, self.reach_paths)

    def _seen_by(
        self, user: Any, grant_paths: tuple[str, ...], reach_paths: tuple[str, ...], **conditions: Any
    ) -> Self:
        if not isinstance(user, User) or not user.has_scope(Scope.CAMERAS_READ):
            return self.none()
        found = self
        if not user.has_role_for_every_camera:
            found = found._over(*(granted_to(user, path, **conditions) for path in grant_paths))
        if user.through is not None and user.through.restricted:
            found = found._over(*(Q(**{f"{path}__token": user.through}) for path in reach_paths))
        return found

    def _over(self, *ways: Q) -> Self:
        """Those to which one of the ways leads; asked aside, so that no row comes twice."""
        any_way = Q()
        for way in ways:
            any_way |= way
        return self.filter(pk__in=self.model._base_manager.filter(any_way).values("pk"))


class CameraQuerySet(_GrantedQuerySet[Row_co]):
    """Cameras…"""

    grant_paths = ("site__grants", "group__ancestors__grants")
    reach_paths = ("site__token_reaches", "group__ancestors__token_reaches", "token_reaches")

    def footage_visible_to(self, user: Any) -> Self:
        """…of which this person may see what was recorded, not only what happens now."""
        if not isinstance(user, User) or not user.has_scope(Scope.RECORDINGS_READ):
            return self.none()
        return self._seen_by(user, self.grant_paths, self.reach_paths, sight=Sight.LIVE_AND_RECORDED)

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
    """Places that can be granted. A subclass says over which relations a grant, and a reach, is of the whole place."""

    whole_grant_paths: tuple[str, ...]
    whole_reach_paths: tuple[str, ...]

    def shareable_by(self, user: Any, sight: Sight) -> Self:
        """…that this person sees as a whole, with cameras that are yet to come, and so may show to others."""
        if sight == Sight.LIVE:
            return self._seen_by(user, self.whole_grant_paths, self.whole_reach_paths)
        if not isinstance(user, User) or not user.has_scope(Scope.RECORDINGS_READ):
            return self.none()
        return self._seen_by(user, self.whole_grant_paths, self.whole_reach_paths, sight=sight)


class SiteQuerySet(_PlaceQuerySet[Row_co]):
    """Sites of which somebody sees all or some cameras…"""

    grant_paths = ("grants", "cameras__group__ancestors__grants")
    reach_paths = ("token_reaches", "cameras__group__ancestors__token_reaches", "cameras__token_reaches")
    whole_grant_paths = ("grants",)
    whole_reach_paths = ("token_reaches",)


class CameraGroupQuerySet(_PlaceQuerySet[Row_co]):
    """Camera groups, each with the groups inside it…"""

    grant_paths = whole_grant_paths = ("ancestors__grants",)
    reach_paths = whole_reach_paths = ("ancestors__token_reaches",)


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

    def shareable_by(self, user: User) -> Self:
        """…that show no more of a place than this person sees of all of it, and may so be passed on by them."""
        sites, groups = self._places()
        either = Q()
        for sight in Sight:
            whole = Q(site__in=sites.shareable_by(user, sight)) | Q(group__in=groups.shareable_by(user, sight))
            either |= whole & Q(sight=sight)
        return self.filter(either)

    def _places(self) -> Any:
        related = (self.model._meta.get_field(name).related_model for name in ("site", "group"))
        return [model._default_manager.all() for model in related]  # type: ignore[union-attr]
