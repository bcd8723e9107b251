"""What lists of keys and publishes may be narrowed by."""

from typing import Any

from django.utils import timezone
from django_filters import rest_framework as filters

from accounts.api.filters import AddressFilter, FilterSet, InstantFilter, StableOrdering, Switch
from accounts.scopes import Scope
from cameras.api.filters import OfCamera
from streaming.models import MediaNode, PublishAttempt, PublishSession, StreamKey


class StreamKeyFilterSet(FilterSet):
    """Of one camera, valid now or not, temporary or not."""

    camera = OfCamera(help_text="The camera's public id")
    valid = Switch(method="valid_now", help_text="Whether a camera may publish with it now")
    temporary = Switch(help_text="Whether it was made for a phone or a drone")
    ordering = StableOrdering(fields=["created_at", "expires_at", "last_used_at"])

    class Meta:
        model = StreamKey
        fields = ("camera", "valid", "temporary", "ordering")

    def valid_now(self, queryset: Any, name: str, value: bool) -> Any:
        """Keys that are neither expired nor revoked, or the others."""
        valid = StreamKey.objects.valid_at(timezone.now())
        return queryset.filter(pk__in=valid) if value else queryset.exclude(pk__in=valid)


class MediaNodeFilterSet(FilterSet):
    """By region and state."""

    region = filters.CharFilter(max_length=64, help_text="Exactly this region")
    ordering = StableOrdering(fields=["name", "region", "registered_at", "seen_at"])

    class Meta:
        model = MediaNode
        fields = ("region", "state", "ordering")


class PublishSessionFilterSet(FilterSet):
    """Of one camera, on one node, by state and end, in a span of time."""

    camera = OfCamera(help_text="The camera's public id")
    after = InstantFilter(field_name="admitted_at", lookup_expr="gte", help_text="Admitted at this instant or later")
    before = InstantFilter(field_name="admitted_at", lookup_expr="lt", help_text="Admitted before this instant")
    node = filters.CharFilter(field_name="node__name", max_length=50, help_text="The media node's name")

    class Meta:
        model = PublishSession
        fields = ("camera", "node", "state", "end_reason", "trouble", "after", "before")


class PublishAttemptFilterSet(FilterSet):
    """Of one camera, on one node, from one address, by cause, in a span of time."""

    camera = OfCamera(help_text="The camera's public id")
    after = InstantFilter(field_name="last_at", lookup_expr="gte", help_text="Last tried at this instant or later")
    before = InstantFilter(field_name="last_at", lookup_expr="lt", help_text="Last tried before this instant")
    node = filters.CharFilter(field_name="node__name", max_length=50, help_text="The media node's name")
    address = AddressFilter(
        method="by_address", help_text="Exactly this IPv4 or IPv6 address; for callers with stream-keys:write"
    )
    known = Switch(
        field_name="camera",
        lookup_expr="isnull",
        exclude=True,
        help_text="Whether a camera has the presented name",
    )

    class Meta:
        model = PublishAttempt
        fields = ("camera", "known", "node", "address", "cause", "after", "before")

    def by_address(self, queryset: Any, name: str, value: str) -> Any:
        """Attempts from there. Whoever is not told addresses does not find them by trying."""
        knows = self.request.user.has_scope(Scope.STREAM_KEYS_WRITE)
        return queryset.filter(address=value) if knows else queryset.none()
