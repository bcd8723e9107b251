"""Programs that signed in for the caller: shapes, filters and the viewset."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers

from accounts import refresh_families
from accounts.access import name_lock
from accounts.api.filters import FilterSet, StableOrdering, Switch
from accounts.api.permissions import InPerson
from accounts.api.serializers import RowSerializer
from accounts.api.viewsets import ScopedViewSet
from accounts.audit import actor_of
from accounts.choices import RevocationCause
from accounts.models import RefreshFamily


class ProgramSessionSerializer(RowSerializer[RefreshFamily]):
    """One sign-in of a program."""

    revocation_cause = serializers.ChoiceField(choices=RevocationCause.choices, allow_blank=True, read_only=True)
    is_this_one = serializers.SerializerMethodField(help_text="Whether it is the one that asks")

    class Meta:
        model = RefreshFamily
        fields = (
            *("id", "created_at", "refreshed_at", "expires_at", "revoked_at", "revocation_cause"),
            *("address", "user_agent", "is_this_one"),
        )
        read_only_fields = fields

    def get_is_this_one(self, family: RefreshFamily) -> bool:
        """Whether the request carries an access token of it."""
        return bool(self.context["request"].auth == family)


class ProgramSessionFilterSet(FilterSet):
    """Open or ended, and order."""

    open = Switch(method="with_state", help_text="Whether it is good now")
    ordering = StableOrdering(fields=["created_at", "refreshed_at", "expires_at"])

    class Meta:
        model = RefreshFamily
        fields = ("open", "ordering")

    def with_state(self, queryset: Any, name: str, value: bool) -> QuerySet[RefreshFamily]:
        """Those that are good now, or the others."""
        good: QuerySet[RefreshFamily] = queryset.open_at(timezone.now())
        return good if value else queryset.exclude(pk__in=good.values("pk"))


@extend_schema(tags=["authentication"])
@extend_schema_view(
    list=extend_schema(summary="List the programs that signed in for you"),
    retrieve=extend_schema(summary="Read the sign-in of a program"),
    destroy=extend_schema(
        summary="Sign one of your programs out", description="Its tokens stop working at once. The row stays."
    ),
)
class ProgramSessionViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.DestroyModelMixin, ScopedViewSet):
    """Sign-ins of programs for the caller, ended ones too. An API token may not ask."""

    queryset = RefreshFamily.objects.all()
    serializer_class = ProgramSessionSerializer
    filterset_class = ProgramSessionFilterSet
    permission_classes = [InPerson]
    required_scopes: ClassVar = {}
    lookup_value_regex = "[0-9a-f-]+"

    def perform_destroy(self, instance: RefreshFamily) -> None:
        """Sign it out."""
        refresh_families.end(instance, actor=actor_of(self.request))

    @classmethod
    def as_view(cls, actions: Any = None, **initkwargs: Any) -> Any:
        """The view, which asks for no scope."""
        return name_lock(super().as_view(actions, **initkwargs), "signed-in")
