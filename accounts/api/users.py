"""People and service accounts: shapes, filters and viewsets."""

from typing import Any, ClassVar

from django.db import transaction
from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import invitations, membership
from accounts.access import name_lock
from accounts.api.fields import EmptyNamesNothing, Text
from accounts.api.filters import FilterSet, StableOrdering, Switch
from accounts.api.permissions import Elevated, IsSignedIn
from accounts.api.serializers import RowSerializer
from accounts.api.viewsets import ScopedViewSet
from accounts.audit import actor_of
from accounts.models import Role, User, UserGroup
from accounts.scopes import Scope


class RoleName(EmptyNamesNothing, serializers.SlugRelatedField[Any]):
    """A role by its name, of those that the caller may know of."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(slug_field="name", queryset=Role.objects.all(), **kwargs)

    def to_internal_value(self, data: Any) -> Any:
        """The role. Raises ValidationError; a number is no name, though a role may be called `0`."""
        if not isinstance(data, str) or "\x00" in data:  # which PostgreSQL refuses to look for
            self.fail("invalid")
        return super().to_internal_value(data)

    def get_queryset(self) -> Any:
        """The roles that may be named."""
        return Role.objects.visible_to(self.context["request"].user)


class UserSerializer(RowSerializer[User]):
    """A person, or a service account."""

    role = RoleName(help_text="The role's name; what it allows is at /roles/")
    second_factor = serializers.BooleanField(read_only=True, help_text="Whether signing in asks for a second factor")

    class Meta:
        model = User
        fields: tuple[str, ...] = (
            *("id", "email", "name", "role", "is_active", "is_service"),
            *("second_factor", "last_login", "created_at"),
        )
        read_only_fields: tuple[str, ...] = ("is_active", "is_service", "last_login", "created_at")
        # The verb asks whether the address is taken, whatever its capitals.
        extra_kwargs: ClassVar = {"email": {"validators": [], "max_length": 254}}


class NewUserSerializer(UserSerializer):
    """A person or service account to be made."""

    password = Text(
        write_only=True,
        required=False,
        max_length=4096,
        trim_whitespace=False,
        help_text="Without one, a person is sent an invitation to choose it. Service accounts have none.",
    )

    class Meta(UserSerializer.Meta):
        fields = (*UserSerializer.Meta.fields, "password")
        read_only_fields = ("is_active", "last_login", "created_at")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A service account cannot sign in by a password, so it gets none."""
        if attrs.get("is_service") and "password" in attrs:
            raise serializers.ValidationError({"password": "A service account uses API tokens. Leave this out."})
        return attrs


class UserFilterSet(FilterSet):
    """Search, role, state and order of people."""

    q = filters.CharFilter(method="search", max_length=200, help_text="Words that name or e-mail address contain")
    role = filters.ModelChoiceFilter(
        queryset=lambda request: Role.objects.visible_to(request.user), to_field_name="name", help_text="A role's name"
    )
    user_group = filters.ModelChoiceFilter(
        field_name="user_groups",
        queryset=lambda request: UserGroup.objects.visible_to(request.user),
        help_text="The number of a group of people",
    )
    is_active = Switch(help_text="Whether the account is enabled")
    is_service = Switch(help_text="Whether it is a program's")
    second_factor = Switch(help_text="Whether signing in asks for a second factor")
    ordering = StableOrdering(fields=["email", "name", "last_login", "created_at"])

    class Meta:
        model = User
        fields = ("q", "role", "user_group", "is_active", "is_service", "second_factor", "ordering")

    def search(self, queryset: Any, name: str, value: str) -> Any:
        """People whom every word fits."""
        return queryset.matching(value)


@extend_schema(tags=["people"])
@extend_schema_view(
    list=extend_schema(summary="List people and service accounts"),
    retrieve=extend_schema(summary="Read a person"),
    create=extend_schema(
        summary="Add a person or a service account",
        description="Nobody can give a role that allows more, or sees more, than their own. "
        "With the portal's session it needs an elevation.",
        responses={201: UserSerializer},
    ),
    partial_update=extend_schema(
        summary="Change a person",
        description="Name, e-mail address and role. What is not sent stays as it is. "
        "With the portal's session it needs an elevation.",
    ),
)
class UserViewSet(
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.CreateModelMixin,
    mixins.UpdateModelMixin,
    ScopedViewSet,
):
    """People who may sign in, and the service accounts of programs."""

    queryset = User.objects.all()
    serializer_class = UserSerializer
    filterset_class = UserFilterSet
    lookup_value_regex = "[0-9]+"
    required_scopes = {"GET": Scope.MEMBERS_READ, "POST": Scope.MEMBERS_WRITE, "PATCH": Scope.MEMBERS_WRITE}

    def get_permissions(self) -> list[Any]:
        """Whoever makes an account in a browser, or changes whose it is and what it may do, is elevated."""
        lasting = self.action in ("create", "partial_update")
        return [*super().get_permissions(), *([Elevated()] if lasting else [])]

    def get_queryset(self) -> QuerySet[Any]:
        """With what is told of each, by one query."""
        people: Any = super().get_queryset()
        return people.select_related("role").with_second_factor()  # type: ignore[no-any-return]

    def get_serializer_class(self) -> Any:
        """A new one may bring a password."""
        return NewUserSerializer if self.action == "create" else UserSerializer

    @transaction.atomic
    def perform_create(self, serializer: Any) -> None:
        """Make it, and send an invitation to whom no password was given."""
        actor, facts = actor_of(self.request), {"password": None, **serializer.validated_data}
        made = membership.add_member(actor=actor, **facts)
        if facts["password"] is None and not made.is_service:
            invitations.invite(made, absolute=self.request.build_absolute_uri, actor=actor)
        serializer.instance = self.get_queryset().get(pk=made.pk)

    @transaction.atomic
    def perform_update(self, serializer: Any) -> None:
        """Change what was sent, all of it or nothing."""
        user, actor = serializer.instance, actor_of(self.request)
        facts = dict(serializer.validated_data)
        role = facts.pop("role", None)
        if facts:
            membership.edit_member(user, actor=actor, **facts)
        if role is not None:
            membership.give_role(user, role, actor=actor)
        serializer.instance = self.get_queryset().get(pk=user.pk)

    @extend_schema(summary="Disable a person", request=None, responses=UserSerializer)
    @action(detail=True, methods=["post"])
    def disable(self, request: Request, pk: str) -> Response:
        """Close the account: sessions, tokens and players stop working within seconds. Nothing else is lost."""
        membership.disable_member(self.get_object(), actor=actor_of(request))
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(summary="Enable a person", request=None, responses=UserSerializer)
    @action(detail=True, methods=["post"])
    def enable(self, request: Request, pk: str) -> Response:
        """Open a disabled account again, with the role and the grants that it had."""
        membership.enable_member(self.get_object(), actor=actor_of(request))
        return Response(self.get_serializer(self.get_object()).data)


class OwnUserSerializer(UserSerializer):
    """The caller."""

    scopes = serializers.SerializerMethodField(help_text="What the caller may do with what they have shown")

    class Meta(UserSerializer.Meta):
        fields = (*UserSerializer.Meta.fields, "scopes")

    def get_scopes(self, user: User) -> list[str]:
        """The role's, as far as the token that was shown has them, too."""
        caller: User = self.context["request"].user
        return [scope for scope in user.role.scopes if caller.has_scope(scope)]


@extend_schema(tags=["people"])
class OwnUserViewSet(ScopedViewSet):
    """Who the caller is."""

    queryset = User.objects.all()
    serializer_class = OwnUserSerializer
    permission_classes = [IsSignedIn]
    required_scopes: ClassVar = {}

    @extend_schema(summary="Read who you are", responses=OwnUserSerializer)
    def retrieve(self, request: Request) -> Response:
        """The account behind the session or the token that was shown, and what it may do."""
        people: Any = self.get_queryset()
        own = people.select_related("role").with_second_factor().get(pk=actor_of(request).pk)
        return Response(self.get_serializer(own).data)

    @classmethod
    def as_view(cls, actions: Any = None, **initkwargs: Any) -> Any:
        """The view, which asks for no scope."""
        return name_lock(super().as_view(actions, **initkwargs), "signed-in")
