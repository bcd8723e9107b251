"""Access rules: shapes, filters and the viewset."""

from typing import Any

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import access_decisions, access_rules
from accounts.access_decisions import Decision
from accounts.addresses import read_address
from accounts.api.filters import FilterSet, StableOrdering, Switch
from accounts.api.serializers import RowSerializer
from accounts.api.viewsets import ScopedViewSet
from accounts.audit import actor_of
from accounts.choices import RuleState, Surface
from accounts.models import AccessRule
from accounts.scopes import Scope
from accounts.seats import seat_of


class AccessRuleSerializer(RowSerializer[AccessRule]):
    """A rule about a network or a country. Rules are asked in the order of `position`; the first that fits decides."""

    state = serializers.SerializerMethodField(help_text="Whether the rule is in force, and if not, why")

    class Meta:
        model = AccessRule
        fields = (
            *("id", "position", "surface", "action", "network", "country", "note", "active", "until"),
            *("state", "created_at"),
        )
        extra_kwargs = {
            "position": {"required": False, "help_text": "Where it stands; last unless told"},
            "surface": {"help_text": "What it is about; empty: everything"},
            "until": {"help_text": "When it ends by itself"},
        }

    def get_state(self, rule: AccessRule) -> RuleState:
        """Now."""
        return access_decisions.state_of(rule)


class AddressField(serializers.CharField):
    """An IPv4 or IPv6 address."""

    def to_internal_value(self, data: Any) -> str:
        """Its shortest spelling."""
        address = read_address(super().to_internal_value(data))
        if address is None:
            raise serializers.ValidationError("Write an address, for example 203.0.113.7.", code="invalid")
        return str(address)


class QuestionSerializer(serializers.Serializer[Any]):
    """Who would come, and to what."""

    address = AddressField(max_length=64)
    surface = serializers.ChoiceField(choices=Surface.choices)


class DecisionSerializer(serializers.Serializer[Decision]):
    """What would become of them, and why."""

    address = serializers.CharField()
    surface = serializers.ChoiceField(choices=Surface.choices)
    is_allowed = serializers.BooleanField()
    reason = serializers.CharField(help_text="In words")
    rule_id = serializers.IntegerField(allow_null=True, help_text="The rule that decides; null when none fits")
    country = serializers.CharField(allow_null=True, help_text="ISO 3166-1 alpha-2; null when nobody can tell")
    not_evaluated = serializers.ListField(
        child=serializers.IntegerField(), help_text="Rules about countries that are passed over without a database"
    )


class AccessRuleFilterSet(FilterSet):
    """What, how and in which order."""

    active = Switch(help_text="Whether it is switched on")
    country = filters.CharFilter(max_length=2, help_text="ISO 3166-1 alpha-2: DE")
    ordering = StableOrdering(fields=["position", "created_at", "until"])

    class Meta:
        model = AccessRule
        fields = ("surface", "action", "country", "active", "ordering")


@extend_schema(tags=["access-rules"])
@extend_schema_view(
    list=extend_schema(summary="List access rules", description="In the order in which they are asked."),
    retrieve=extend_schema(summary="Read an access rule"),
    create=extend_schema(
        summary="Add an access rule",
        description=(
            "Name a network or a country. A rule that would turn away the caller is refused (409). It holds in every "
            "process within seconds."
        ),
    ),
    partial_update=extend_schema(
        summary="Change an access rule", description="A change that would turn away the caller is refused (409)."
    ),
    destroy=extend_schema(
        summary="Remove an access rule", description="Refused (409) when the caller would be turned away without it."
    ),
)
class AccessRuleViewSet(
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.CreateModelMixin,
    mixins.UpdateModelMixin,
    mixins.DestroyModelMixin,
    ScopedViewSet,
):
    """From where portal, API, publishing and playback may be used."""

    queryset = AccessRule.objects.order_by("position", "pk")
    serializer_class = AccessRuleSerializer
    filterset_class = AccessRuleFilterSet
    lookup_value_regex = "[0-9]{1,18}"
    required_scopes = {
        "GET": Scope.ACCESS_RULES_WRITE,
        "POST": Scope.ACCESS_RULES_WRITE,
        "PATCH": Scope.ACCESS_RULES_WRITE,
        "DELETE": Scope.ACCESS_RULES_WRITE,
    }

    def perform_create(self, serializer: Any) -> None:
        """Make it."""
        facts = serializer.validated_data
        serializer.instance = access_rules.add_rule(
            actor=actor_of(self.request), seat=seat_of(self.request._request), **facts
        )

    def perform_update(self, serializer: Any) -> None:
        """Change what was sent."""
        facts = serializer.validated_data
        serializer.instance = access_rules.edit_rule(
            serializer.instance, actor=actor_of(self.request), seat=seat_of(self.request._request), **facts
        )

    def perform_destroy(self, instance: AccessRule) -> None:
        """Remove it."""
        access_rules.remove_rule(instance, actor=actor_of(self.request), seat=seat_of(self.request._request))

    @extend_schema(
        summary="Ask what would become of an address",
        description="By the rules as they are now; changes nothing.",
        request=QuestionSerializer,
        responses={200: DecisionSerializer},
    )
    @action(detail=False, methods=["post"], filterset_class=None, pagination_class=None)
    def check(self, request: Request) -> Response:
        """Whether somebody from there is let in, and by which rule."""
        question = QuestionSerializer(data=request.data)
        question.is_valid(raise_exception=True)
        facts = question.validated_data
        decision = access_decisions.decide(facts["address"], Surface(facts["surface"]))
        return Response(DecisionSerializer(decision).data)
