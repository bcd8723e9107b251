"""Grants, and what a person sees by them: shapes, filters and viewsets."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins

from accounts.api.fields import VisibleRelatedField
from accounts.api.filters import FilterSet, StableOrdering
from accounts.api.serializers import RowSerializer
from accounts.api.users import RoleName
from accounts.api.viewsets import ScopedViewSet
from accounts.audit import actor_of
from accounts.models import Role, User, UserGroup
from accounts.scopes import Scope
from cameras import places
from cameras.models import CameraGroup, Grant, Site


class GrantSerializer(RowSerializer[Grant]):
    """Somebody sees the cameras of a place: one of user, role, user_group; one of site, group."""

    user = VisibleRelatedField(queryset=User.objects.all(), required=False, allow_null=True, help_text="One person")
    role = RoleName(required=False, allow_null=True, help_text="Everybody with this role, by its name")
    user_group = VisibleRelatedField(
        queryset=UserGroup.objects.all(), required=False, allow_null=True, help_text="Everybody in this group of people"
    )
    site = VisibleRelatedField(queryset=Site.objects.all(), required=False, allow_null=True, help_text="All of a site")
    group = VisibleRelatedField(
        queryset=CameraGroup.objects.all(),
        required=False,
        allow_null=True,
        help_text="All of a camera group, and of the groups inside it",
    )

    class Meta:
        model = Grant
        fields = ("id", "user", "role", "user_group", "site", "group", "sight")


class KnownGrantSerializer(GrantSerializer):
    """A grant that there is: how much it shows can be changed, to whom and on what cannot."""

    class Meta(GrantSerializer.Meta):
        read_only_fields = ("user", "role", "user_group", "site", "group")


class GrantFilterSet(FilterSet):
    """Subject, place and order of grants."""

    user = filters.ModelChoiceFilter(queryset=lambda request: _known(User, request), help_text="To this person alone")
    role = filters.ModelChoiceFilter(
        queryset=lambda request: _known(Role, request), to_field_name="name", help_text="To everybody with this role"
    )
    user_group = filters.ModelChoiceFilter(
        queryset=lambda request: _known(UserGroup, request), help_text="To everybody in this group of people"
    )
    reaching = filters.ModelChoiceFilter(
        queryset=lambda request: _known(User, request),
        method="of_person",
        help_text="The number of a person: to them, to their role, or to a group that they belong to",
    )
    site = filters.ModelChoiceFilter(queryset=lambda request: _known(Site, request), help_text="On this site")
    group = filters.ModelChoiceFilter(
        queryset=lambda request: _known(CameraGroup, request), help_text="On this camera group itself"
    )
    ordering = StableOrdering(fields=[("pk", "id")])

    class Meta:
        model = Grant
        fields = ("user", "role", "user_group", "reaching", "site", "group", "sight", "ordering")

    def of_person(self, queryset: Any, name: str, value: User) -> Any:
        """Grants that are the person's."""
        return queryset.reaching(value)


def _known(model: Any, request: Any) -> Any:
    return model.objects.visible_to(getattr(request, "user", None))


@extend_schema(tags=["grants"])
@extend_schema_view(
    list=extend_schema(summary="List grants"),
    retrieve=extend_schema(summary="Read a grant"),
    create=extend_schema(
        summary="Grant a view",
        description="Nobody can show a place that they do not see as a whole, nor more of it than they see.",
    ),
    partial_update=extend_schema(
        summary="Change how much a grant shows", description="Live only, or live and recorded."
    ),
    destroy=extend_schema(
        summary="Withdraw a view",
        description="Open pages and players of the people concerned lose sight within seconds.",
    ),
)
class GrantViewSet(
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.CreateModelMixin,
    mixins.UpdateModelMixin,
    mixins.DestroyModelMixin,
    ScopedViewSet,
):
    """Who sees which sites and camera groups."""

    queryset = Grant.objects.order_by("pk")
    filterset_class = GrantFilterSet
    lookup_value_regex = "[0-9]+"
    required_scopes: ClassVar = {
        "GET": Scope.MEMBERS_READ,
        "POST": Scope.MEMBERS_WRITE,
        "PATCH": Scope.MEMBERS_WRITE,
        "DELETE": Scope.MEMBERS_WRITE,
    }

    def get_queryset(self) -> QuerySet[Any]:
        """With the role, which is told by its name."""
        return super().get_queryset().select_related("role")

    def get_serializer_class(self) -> Any:
        """To whom and on what is said once."""
        return KnownGrantSerializer if self.action == "partial_update" else GrantSerializer

    def perform_create(self, serializer: Any) -> None:
        """Grant it."""
        serializer.instance = places.grant_view(actor=actor_of(self.request), **serializer.validated_data)

    def perform_update(self, serializer: Any) -> None:
        """Change how much it shows, when that was sent."""
        grant: Grant = serializer.instance
        sight = serializer.validated_data.get("sight", grant.sight)
        serializer.instance = places.edit_sight(grant, sight=sight, actor=actor_of(self.request))

    def perform_destroy(self, instance: Grant) -> None:
        """Withdraw it."""
        places.withdraw_view(instance, actor=actor_of(self.request))
