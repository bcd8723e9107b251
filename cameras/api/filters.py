"""What lists of cameras, and of what is about cameras, may be narrowed by."""

from typing import Any

from django.db.models import QuerySet
from django_filters import rest_framework as filters

from accounts.api.filters import FilterSet, InstantFilter, StableOrdering, Switch
from cameras.api.fields import visible_camera
from cameras.choices import Badge
from cameras.models import Camera, CameraGroup, Site, StatusChange


class OfCamera(filters.CharFilter):
    """Only of one camera, by its public id; 404 for one that the caller may not see."""

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        """The rows of the camera. Raises Http404."""
        if not value:
            return qs
        return qs.filter(**{self.field_name: visible_camera(self.parent.request.user, value)})


class CameraFilterSet(FilterSet):
    """Search, place, state and order of cameras."""

    q = filters.CharFilter(
        method="search",
        max_length=200,
        help_text="Words that name, serial number, public id, place, vendor, model, site or group contain",
    )
    site = filters.ModelChoiceFilter(queryset=lambda request: _visible(Site, request), help_text="The site's number")
    group = filters.ModelChoiceFilter(
        queryset=lambda request: _visible(CameraGroup, request),
        field_name="group__ancestors",
        help_text="The group's number; cameras of groups inside it are meant too",
    )
    badge = filters.ChoiceFilter(choices=Badge.choices, method="with_badge", help_text="The one word people see")
    ordering = StableOrdering(fields=["name", "serial_number", "status_since", "created_at"])

    class Meta:
        model = Camera
        fields = ("q", "site", "group", "status", "badge", "ordering")

    def search(self, queryset: Any, name: str, value: str) -> Any:
        """Cameras that every word is found in."""
        return queryset.matching(value)

    def with_badge(self, queryset: Any, name: str, value: str) -> Any:
        """Cameras of which people see this word."""
        return queryset.with_badge(Badge(value))


class SiteFilterSet(FilterSet):
    """Search, region, time zone and order of sites."""

    q = filters.CharFilter(
        field_name="name", lookup_expr="icontains", max_length=200, help_text="What the name contains"
    )
    region = filters.CharFilter(help_text="Exactly this region", max_length=64)
    time_zone = filters.CharFilter(help_text="Exactly this IANA time zone", max_length=64)
    ordering = StableOrdering(fields=["name", "region", "time_zone"])

    class Meta:
        model = Site
        fields = ("q", "region", "time_zone", "ordering")


class CameraGroupFilterSet(FilterSet):
    """Search, place in the tree and order of groups."""

    q = filters.CharFilter(
        field_name="name", lookup_expr="icontains", max_length=200, help_text="What the name contains"
    )
    parent = filters.ModelChoiceFilter(
        queryset=lambda request: _visible(CameraGroup, request), help_text="Directly inside this group"
    )
    inside = filters.ModelChoiceFilter(
        queryset=lambda request: _visible(CameraGroup, request),
        field_name="ancestors",
        help_text="This group and all groups inside it",
    )
    at_root = Switch(field_name="parent", lookup_expr="isnull", help_text="Inside no other group")
    ordering = StableOrdering(fields=["name"])

    class Meta:
        model = CameraGroup
        fields = ("q", "parent", "inside", "at_root", "ordering")


class StatusChangeFilterSet(FilterSet):
    """A span of time, up or down."""

    after = InstantFilter(field_name="at", lookup_expr="gte", help_text="At this instant or later")
    before = InstantFilter(field_name="at", lookup_expr="lt", help_text="Before this instant")

    class Meta:
        model = StatusChange
        fields = ("status", "after", "before")


def _visible(model: Any, request: Any) -> Any:
    return model.objects.visible_to(getattr(request, "user", None))
