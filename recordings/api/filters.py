"""What lists of recordings may be narrowed by."""

from datetime import datetime
from typing import Any

from django.db.models import Q
from django_filters import rest_framework as filters

from accounts.api.filters import FilterSet, InstantFilter, Switch
from cameras.api.filters import OfCamera
from cameras.models import Site
from recordings.models import Recording


class RecordingFilterSet(FilterSet):
    """Of one camera or site, with footage in a span of time, by how it ended."""

    camera = OfCamera(help_text="The camera's public id")
    after = InstantFilter(method="with_footage_after", help_text="With footage after this instant")
    before = InstantFilter(field_name="started_at", lookup_expr="lt", help_text="With footage before this instant")

    site = filters.ModelChoiceFilter(
        queryset=lambda request: Site.objects.visible_to(getattr(request, "user", None)),
        field_name="camera__site",
        help_text="The number of the cameras' site",
    )
    growing = Switch(field_name="ended_at", lookup_expr="isnull", help_text="Whether it is being written")

    class Meta:
        model = Recording
        fields = ("camera", "site", "after", "before", "end_cause", "growing")

    def with_footage_after(self, queryset: Any, name: str, value: datetime) -> Any:
        """Recordings that ended later, or have not ended."""
        return queryset.filter(Q(ended_at__gt=value) | Q(ended_at__isnull=True))
