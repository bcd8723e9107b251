"""The log of the API, and how it is used: shapes, filters and viewsets."""

from datetime import datetime, timedelta
from typing import Any, ClassVar

from django import forms
from django.utils import timezone
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import api_usage
from accounts.api.audit import ByInstant
from accounts.api.fields import Instant
from accounts.api.filters import AddressFilter, FilterSet, InstantFilter, Switch
from accounts.api.serializers import RowSerializer
from accounts.api.viewsets import ScopedViewSet
from accounts.models import ApiCall
from accounts.scopes import Scope

_USUAL = timedelta(days=1)


class ApiCallSerializer(RowSerializer[ApiCall]):
    """A request to the API and its answer."""

    class Meta:
        model = ApiCall
        fields = (
            *("id", "at", "method", "route", "status", "duration_us", "request_bytes", "response_bytes"),
            *("user", "token", "address", "request_id", "query", "body"),
        )
        extra_kwargs: ClassVar = {
            "route": {"help_text": "The pattern of the address; empty for one that leads nowhere"},
            "duration_us": {"help_text": "Microseconds until the answer was there; of a stream, until it ended"},
            "query": {"help_text": "Without values that may be secrets"},
            "body": {"help_text": "Empty unless VMS_API_LOG_BODIES is set; without secrets, and cut"},
        }


class _WholeNumberFilter(filters.NumberFilter):
    """A small whole number."""

    field_class = forms.IntegerField


class ApiCallFilterSet(FilterSet):
    """Which route, what came of it, whose, from where, when."""

    method = filters.CharFilter(lookup_expr="iexact", max_length=7, help_text="GET, POST…")
    route = filters.CharFilter(max_length=120, help_text="The pattern of the address: /api/v1/cameras/{public_id}/")
    status = _WholeNumberFilter(min_value=100, max_value=599, help_text="The HTTP status")
    failed = Switch(method="by_failure", help_text="Answered with a status of 400 or more, or not")
    user = filters.NumberFilter(field_name="user_id", help_text="The number of a person")
    token = filters.NumberFilter(field_name="token_id", help_text="The number of an API token")
    address = AddressFilter(help_text="The address it came from")
    request_id = filters.CharFilter(max_length=64, help_text="The X-Request-ID of the request")
    after = InstantFilter(field_name="at", lookup_expr="gte", help_text="At this instant or later")
    before = InstantFilter(field_name="at", lookup_expr="lt", help_text="Before this instant")

    class Meta:
        model = ApiCall
        fields = (
            *("method", "route", "status", "failed", "user", "token"),
            *("address", "request_id", "after", "before"),
        )

    def by_failure(self, queryset: Any, name: str, value: bool) -> Any:
        """Failed calls, or the others."""
        return queryset.filter(status__gte=400) if value else queryset.filter(status__lt=400)


@extend_schema(tags=["usage"])
@extend_schema_view(list=extend_schema(summary="List requests to the API"))
class ApiCallViewSet(mixins.ListModelMixin, ScopedViewSet):
    """Requests to the API, with how they were answered and how long that took. They appear within seconds."""

    queryset = ApiCall.objects.all()
    serializer_class = ApiCallSerializer
    filterset_class = ApiCallFilterSet
    pagination_class = ByInstant
    required_scopes: ClassVar = {"GET": Scope.USAGE_READ}


class UsageWish(serializers.Serializer[Any]):
    """Of which time, and how put together."""

    by = serializers.ChoiceField(api_usage.WAYS, default="route", help_text="What calls are put together by")
    after = Instant(required=False, help_text="From this instant on; a day before `before` unless told")
    before = Instant(required=False, help_text="Up to this instant; now unless told")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A range that begins before it ends, of at most 31 days."""
        before: datetime = attrs.get("before") or timezone.now()
        after: datetime = attrs.get("after") or _day_before(before)
        if not timedelta(0) < before - after <= api_usage.LONGEST:
            raise serializers.ValidationError({"after": "The range must be longer than nothing, and 31 days at most."})
        return {**attrs, "after": after, "before": before}


class UsageRowSerializer(serializers.Serializer[Any]):
    """Calls put together; what they were not put together by is null."""

    method = serializers.CharField(allow_null=True)
    route = serializers.CharField(allow_null=True)
    token = serializers.IntegerField(allow_null=True, help_text="Null also for calls without an API token")
    token_name = serializers.CharField(allow_null=True)
    user = serializers.IntegerField(allow_null=True)
    at = Instant(allow_null=True, help_text="When the minute, hour or day begins")
    calls = serializers.IntegerField()
    errors = serializers.IntegerField(  # type: ignore[assignment]  # declared fields hide nothing at run time
        help_text="Answered with a status of 400 or more"
    )
    server_errors = serializers.IntegerField(help_text="Answered with a status of 500 or more")
    p95_us = serializers.IntegerField(help_text="Microseconds that 95 % of the calls did not exceed")
    request_bytes = serializers.IntegerField()
    response_bytes = serializers.IntegerField()


class UsageSerializer(serializers.Serializer[Any]):
    """How the API was used in a range."""

    by = serializers.ChoiceField(api_usage.WAYS)
    after = Instant()
    before = Instant()
    results = UsageRowSerializer(many=True)


@extend_schema(tags=["usage"])
class ApiUsageViewSet(ScopedViewSet):
    """How the API is used."""

    queryset = ApiCall.objects.all()
    serializer_class = UsageSerializer
    pagination_class = None
    required_scopes: ClassVar = {"GET": Scope.USAGE_READ}

    @extend_schema(summary="Read how the API is used", parameters=[UsageWish], responses=UsageSerializer)
    def retrieve(self, request: Request) -> Response:
        """Calls, errors and the 95th percentile of their times, by route, by token or by time; the 200 most frequent."""
        wish = UsageWish(data=request.query_params.dict())
        wish.is_valid(raise_exception=True)
        asked = wish.validated_data
        rows = api_usage.usage(self.get_queryset(), **asked)
        return Response(self.get_serializer({**asked, "results": [row._asdict() for row in rows]}).data)


def _day_before(instant: datetime) -> datetime:
    try:
        return instant - _USUAL
    except OverflowError:
        return instant
