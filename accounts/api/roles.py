"""Roles and the scopes that they bundle: shapes, filters and viewsets."""

from typing import Any, ClassVar

from django.db.models import Count, QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import roles
from accounts.access import name_lock
from accounts.api.filters import FilterSet, StableOrdering, Switch
from accounts.api.permissions import IsSignedIn
from accounts.api.serializers import RowSerializer
from accounts.api.viewsets import ScopedViewSet
from accounts.audit import actor_of
from accounts.models import Role
from accounts.scopes import AREAS, CHOICES, Scope


class RoleSerializer(RowSerializer[Role]):
    """A role."""

    scopes = serializers.ListField(
        child=serializers.ChoiceField(choices=CHOICES),
        help_text="What people with this role may do; the words are at /scopes/",
    )
    member_count = serializers.IntegerField(read_only=True, help_text="How many people have it")

    class Meta:
        model = Role
        fields = ("name", "label", "scopes", "requires_second_factor", "builtin", "member_count")
        read_only_fields: tuple[str, ...] = ("builtin",)


class KnownRoleSerializer(RoleSerializer):
    """A role that there is; its name stays."""

    class Meta(RoleSerializer.Meta):
        read_only_fields = ("name", "builtin")


class RoleFilterSet(FilterSet):
    """Kind and order of roles."""

    scope = filters.ChoiceFilter(
        choices=CHOICES,
        method="holding",
        help_text="Roles that hold this scope",
    )
    builtin = Switch(help_text="Whether it comes with the product")
    requires_second_factor = Switch(help_text="Whether people with it must have a second factor")
    ordering = StableOrdering(fields=["name", "label"])

    class Meta:
        model = Role
        fields = ("builtin", "requires_second_factor", "scope", "ordering")

    def holding(self, queryset: Any, name: str, value: str) -> Any:
        """Roles that hold the scope. Roles are few: an installation has tens of them."""
        return queryset.filter(pk__in=[role.pk for role in queryset.all() if value in role.scopes])


@extend_schema(tags=["roles"])
@extend_schema_view(
    list=extend_schema(summary="List roles"),
    retrieve=extend_schema(summary="Read a role"),
    create=extend_schema(summary="Add a role", description="Nobody can put a scope into a role that they do not hold."),
    partial_update=extend_schema(
        summary="Change a role",
        description="Everybody who has it is concerned at once. Built-in roles take `requires_second_factor` only.",
    ),
    destroy=extend_schema(
        summary="Remove a role", description="One that nobody has. What was granted to it goes with it."
    ),
)
class RoleViewSet(
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.CreateModelMixin,
    mixins.UpdateModelMixin,
    mixins.DestroyModelMixin,
    ScopedViewSet,
):
    """Bundles of scopes: those that come with the product, and those that people make."""

    queryset = Role.objects.order_by("label", "pk")
    filterset_class = RoleFilterSet
    lookup_field = "name"
    lookup_value_regex = "[-a-zA-Z0-9_]+"
    required_scopes = {
        "GET": Scope.MEMBERS_READ,
        "POST": Scope.MEMBERS_WRITE,
        "PATCH": Scope.MEMBERS_WRITE,
        "DELETE": Scope.MEMBERS_WRITE,
    }

    def get_queryset(self) -> QuerySet[Any]:
        """With how many people have each."""
        rows: QuerySet[Any] = super().get_queryset().annotate(member_count=Count("members"))
        return rows

    def get_serializer_class(self) -> Any:
        """The name is given once."""
        return KnownRoleSerializer if self.action == "partial_update" else RoleSerializer

    def perform_create(self, serializer: Any) -> None:
        """Make it."""
        made = roles.add_role(actor=actor_of(self.request), **serializer.validated_data)
        serializer.instance = self.get_queryset().get(pk=made.pk)

    def perform_update(self, serializer: Any) -> None:
        """Change what was sent."""
        edited = roles.edit_role(serializer.instance, actor=actor_of(self.request), **serializer.validated_data)
        serializer.instance = self.get_queryset().get(pk=edited.pk)

    def perform_destroy(self, instance: Role) -> None:
        """Remove it."""
        roles.remove_role(instance, actor=actor_of(self.request))


class ScopeSerializer(serializers.Serializer[Any]):
    """A scope in words."""

    scope = serializers.ChoiceField(choices=CHOICES)
    words = serializers.CharField(help_text="What it allows")
    area = serializers.CharField(help_text="What it is about")


@extend_schema(tags=["roles"])
@extend_schema_view(list=extend_schema(summary="List scopes"))
class ScopeViewSet(ScopedViewSet):
    """Everything that a role or a token can allow, in words."""

    queryset = Role.objects.none()
    serializer_class = ScopeSerializer
    filter_backends = []
    permission_classes = [IsSignedIn]
    required_scopes: ClassVar = {}

    def list(self, request: Request) -> Response:
        """All scopes, those about the same thing together."""
        told = [
            {"scope": scope.value, "words": words, "area": area}
            for area, scopes in AREAS.items()
            for scope, words in scopes.items()
        ]
        page = self.paginate_queryset(told)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @classmethod
    def as_view(cls, actions: Any = None, **initkwargs: Any) -> Any:
        """The view, which asks for no scope."""
        return name_lock(super().as_view(actions, **initkwargs), "signed-in")
