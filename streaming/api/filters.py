"""What lists of keys and publishes may be narrowed by."""

from django_filters import rest_framework as filters

from accounts.api.filters import InstantFilter
from cameras.api.filters import OfCamera
from streaming.models import PublishAttempt, PublishSession, StreamKey


class StreamKeyFilterSet(filters.FilterSet):
    """Of one camera."""

    camera = OfCamera(help_text="The camera's public id")

    class Meta:
        model = StreamKey
        fields = ("camera",)


class PublishSessionFilterSet(filters.FilterSet):
    """Of one camera, by state, in a span of time."""

    camera = OfCamera(help_text="The camera's public id")
    after = InstantFilter(field_name="admitted_at", lookup_expr="gte", help_text="Admitted at this instant or later")
    before = InstantFilter(field_name="admitted_at", lookup_expr="lt", help_text="Admitted before this instant")

    class Meta:
        model = PublishSession
        fields = ("camera", "state", "after", "before")


class PublishAttemptFilterSet(filters.FilterSet):
    """Of one camera, by cause, in a span of time."""

    camera = OfCamera(help_text="The camera's public id")
    after = InstantFilter(field_name="last_at", lookup_expr="gte", help_text="Last tried at this instant or later")
    before = InstantFilter(field_name="last_at", lookup_expr="lt", help_text="Last tried before this instant")

    class Meta:
        model = PublishAttempt
        fields = ("camera", "cause", "after", "before")
