"""Groups of people and who belongs to them: shapes, filters and viewsets."""

from typing import Any

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import user_groups
from accounts.api.fields import VisibleRelatedField
from accounts.api.filters import FilterSet, StableOrdering
from accounts.api.serializers import RowSerializer
from accounts.api.users import UserFilterSet, UserSerializer
from accounts.api.viewsets import ScopedViewSet
from accounts.audit import actor_of
from accounts.models import User, UserGroup
from accounts.scopes import Scope

_SCOPES = {
    "GET": Scope.MEMBERS_READ,
    "POST": Scope.MEMBERS_WRITE,
    "PATCH": Scope.MEMBERS_WRITE,
    "DELETE": Scope.MEMBERS_WRITE,
}


class UserGroupSerializer(RowSerializer[UserGroup]):
    """A group of people."""

    member_count = serializers.IntegerField(read_only=True, help_text="How many people belong to it")

    class Meta:
        model = UserGroup
        fields = ("id", "name", "member_count")


class UserGroupFilterSet(FilterSet):
    """Search, member and order of groups of people."""

    q = filters.CharFilter(field_name="name", lookup_expr="icontains", max_length=80, help_text="Part of the name")
    member = filters.ModelChoiceFilter(
        field_name="members",
        queryset=lambda request: User.objects.visible_to(request.user),
        help_text="The number of a person who belongs to it",
    )
    ordering = StableOrdering(fields=["name"])

    class Meta:
        model = UserGroup
        fields = ("q", "member", "ordering")


@extend_schema(tags=["user-groups"])
@extend_schema_view(
    list=extend_schema(summary="List groups of people"),
    retrieve=extend_schema(summary="Read a group of people"),
    create=extend_schema(summary="Add a group of people", description="Empty at first."),
    partial_update=extend_schema(summary="Rename a group of people", description="What it was granted stays."),
    destroy=extend_schema(
        summary="Remove a group of people", description="What was granted to it goes with it; its people stay."
    ),
)
class UserGroupViewSet(
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.CreateModelMixin,
    mixins.UpdateModelMixin,
    mixins.DestroyModelMixin,
    ScopedViewSet,
):
    """Groups of people, to whom the same cameras are granted."""

    queryset = UserGroup.objects.all()
    serializer_class = UserGroupSerializer
    filterset_class = UserGroupFilterSet
    lookup_value_regex = "[0-9]+"
    required_scopes = _SCOPES

    def get_queryset(self) -> QuerySet[Any]:
        """With how many people belong to each; counted aside, so that a filter by member does not narrow it."""
        members = UserGroup.members.through.objects.filter(usergroup=OuterRef("pk")).order_by().values("usergroup")
        counted = Subquery(members.values_list(Count("pk")))
        rows: QuerySet[Any] = super().get_queryset().annotate(member_count=Coalesce(counted, 0))
        return rows

    def perform_create(self, serializer: Any) -> None:
        """Make it."""
        made = user_groups.add_user_group(actor=actor_of(self.request), **serializer.validated_data)
        serializer.instance = self.get_queryset().get(pk=made.pk)

    def perform_update(self, serializer: Any) -> None:
        """Rename it, when a name was sent."""
        group: UserGroup = serializer.instance
        name = serializer.validated_data.get("name", group.name)
        user_groups.edit_user_group(group, name=name, actor=actor_of(self.request))

    def perform_destroy(self, instance: UserGroup) -> None:
        """Remove it."""
        user_groups.remove_user_group(instance, actor=actor_of(self.request))


class NewMemberSerializer(serializers.Serializer[Any]):
    """Who is to belong to a group."""

    user = VisibleRelatedField(queryset=User.objects.all(), help_text="The person's number")


_GROUP = OpenApiParameter("group_id", OpenApiTypes.INT, OpenApiParameter.PATH, description="The group's number")
_MEMBER = OpenApiParameter("pk", OpenApiTypes.INT, OpenApiParameter.PATH, description="The person's number")


@extend_schema(tags=["user-groups"], parameters=[_GROUP])
@extend_schema_view(
    list=extend_schema(summary="List who belongs to a group of people"),
    destroy=extend_schema(
        summary="Take somebody out of a group of people",
        description="What they see only by it, they lose within seconds.",
        parameters=[_MEMBER],
    ),
)
class MemberViewSet(mixins.ListModelMixin, ScopedViewSet):
    """The people of a group."""

    queryset = User.objects.all()
    serializer_class = UserSerializer
    filterset_class = UserFilterSet
    lookup_value_regex = "[0-9]+"
    required_scopes = _SCOPES

    def get_queryset(self) -> QuerySet[Any]:
        """Those of the group in the path."""
        people: Any = super().get_queryset()
        members: QuerySet[Any] = people.filter(user_groups=self._group()).select_related("role").with_second_factor()
        return members

    @extend_schema(
        summary="Put somebody into a group of people", request=NewMemberSerializer, responses={201: UserSerializer}
    )
    def create(self, request: Request, group_id: int) -> Response:
        """They see at once what is granted to it. Nobody can do so who does not see all of that."""
        asked = NewMemberSerializer(data=request.data, context=self.get_serializer_context())
        asked.is_valid(raise_exception=True)
        user: User = asked.validated_data["user"]
        user_groups.add_members(self._group(), [user], actor=actor_of(request))
        return Response(self.get_serializer(self.get_queryset().get(pk=user.pk)).data, status=201)

    def destroy(self, request: Request, group_id: int, pk: int) -> Response:
        """Take them out."""
        user_groups.remove_members(self._group(), [self.get_object()], actor=actor_of(request))
        return Response(status=204)

    def _group(self) -> UserGroup:
        found = UserGroup.objects.visible_to(self.request.user).filter(pk=self.kwargs["group_id"]).first()
        if found is None:
            raise Http404
        return found
