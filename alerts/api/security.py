"""Security events and rules: shapes, filters and the viewsets."""

from typing import Any, ClassVar

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.filters import AddressFilter, FilterSet, InstantFilter
from accounts.api.pagination import NewestFirst
from accounts.api.serializers import RowSerializer
from accounts.api.viewsets import ScopedViewSet
from accounts.audit import actor_of
from accounts.scopes import Scope
from alerts import responses, security_events, security_rules
from alerts.choices import EventState, ResponseState, RuleName, Severity
from alerts.models import SecurityEvent, SecurityRule
from alerts.security_rules import LONGEST_BLOCK_SECONDS, LONGEST_WINDOW_SECONDS


class SecurityEventSerializer(RowSerializer[SecurityEvent]):
    """A rule was broken: by whom, on what facts, and what was done about it."""

    class Meta:
        model = SecurityEvent
        fields = (
            *("id", "rule", "severity", "at", "subject", "user", "token", "address", "facts"),
            *("state", "acknowledged_at", "acknowledged_by"),
            *("response", "response_state", "response_facts", "undone_at"),
        )
        read_only_fields = fields
        extra_kwargs: ClassVar = {
            "subject": {"help_text": "What the rule counts by"},
            "facts": {"help_text": "What was counted, by rule"},
            "response": {"help_text": "What answers it; empty: nothing"},
            "response_state": {"help_text": "`dry_run`: it would have been done"},
            "response_facts": {"help_text": "What was done exactly"},
        }


class SecurityRuleSerializer(RowSerializer[SecurityRule]):
    """From how many within which time a rule is broken, and what answers it then."""

    class Meta:
        model = SecurityRule
        fields = (
            *("name", "active", "severity", "threshold", "window_seconds", "factor", "quiet_seconds"),
            *("response", "response_mode", "block_seconds"),
        )
        read_only_fields = ("name",)
        extra_kwargs: ClassVar = {
            "threshold": {"min_value": 1, "max_value": 1_000_000, "help_text": "From so many on"},
            "window_seconds": {
                "min_value": 1,
                "max_value": LONGEST_WINDOW_SECONDS,
                "help_text": "Counted over so long a time",
            },
            "factor": {
                "min_value": 1,
                "max_value": 10_000,
                "help_text": "How far above its own past; of key guessing, from how many a minute under one name",
            },
            "quiet_seconds": {
                "min_value": 1,
                "max_value": LONGEST_BLOCK_SECONDS,
                "help_text": "For so long the same subject is not told of again",
            },
            "block_seconds": {
                "min_value": 1,
                "max_value": LONGEST_BLOCK_SECONDS,
                "help_text": "For how long an address is blocked",
            },
        }


class SecurityEventFilterSet(FilterSet):
    """Which rule, how severe, when, by whom."""

    rule = filters.ChoiceFilter(choices=RuleName.choices, help_text="Which rule was broken")
    severity = filters.ChoiceFilter(choices=Severity.choices, help_text="How soon somebody should look")
    state = filters.ChoiceFilter(choices=EventState.choices, help_text="Whether somebody has looked")
    response_state = filters.ChoiceFilter(choices=ResponseState.choices, help_text="What became of the response")
    address = AddressFilter(help_text="From this address")
    since = InstantFilter(field_name="at", lookup_expr="gte", help_text="From this instant on")
    until = InstantFilter(field_name="at", lookup_expr="lt", help_text="Before this instant")

    class Meta:
        model = SecurityEvent
        fields = ("rule", "severity", "state", "response_state", "address", "since", "until")


class _NewestEvents(NewestFirst):
    ordering = ("-at", "-pk")


@extend_schema(tags=["security"])
@extend_schema_view(
    list=extend_schema(summary="List security events"), retrieve=extend_schema(summary="Read a security event")
)
class SecurityEventViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """Security rules that were broken, and what was done."""

    queryset = SecurityEvent.objects.all()
    serializer_class = SecurityEventSerializer
    filterset_class = SecurityEventFilterSet
    pagination_class = _NewestEvents
    lookup_value_regex = "[0-9]{1,18}"
    required_scopes = {"GET": Scope.SECURITY_READ, "POST": Scope.SECURITY_WRITE}

    @extend_schema(summary="Acknowledge a security event", request=None, responses=SecurityEventSerializer)
    @action(detail=True, methods=["post"])
    def acknowledge(self, request: Request, pk: str) -> Response:
        """Say that somebody has looked. Saying it twice changes nothing."""
        event = security_events.acknowledge(self.get_object(), actor=actor_of(request))
        return Response(self.get_serializer(event).data)

    @extend_schema(summary="Undo the response to a security event", request=None, responses=SecurityEventSerializer)
    @action(detail=True, methods=["post"])
    def undo(self, request: Request, pk: str) -> Response:
        """Let the address or the token in again, or ask for no second factor any more. Ended sessions do not come back (400)."""
        event = responses.undo(self.get_object(), actor=actor_of(request))
        return Response(self.get_serializer(event).data)


@extend_schema(tags=["security"])
@extend_schema_view(
    list=extend_schema(summary="List security rules"),
    retrieve=extend_schema(summary="Read a security rule"),
    partial_update=extend_schema(
        summary="Change a security rule",
        description="With the `response_mode` `dry_run`, events say what would have been done.",
    ),
)
class SecurityRuleViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.UpdateModelMixin, ScopedViewSet):
    """What is watched for. Rules come with VMS; how they count and answer can be changed."""

    queryset = SecurityRule.objects.order_by("name")
    serializer_class = SecurityRuleSerializer
    lookup_field = "name"
    lookup_value_regex = "[a-z0-9_]{1,20}"
    required_scopes = {"GET": Scope.SECURITY_READ, "PATCH": Scope.SECURITY_WRITE}

    def perform_update(self, serializer: Any) -> None:
        """Change what was sent."""
        facts = serializer.validated_data
        serializer.instance = security_rules.edit_rule(serializer.instance, actor=actor_of(self.request), **facts)
