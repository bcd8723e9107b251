"""API tokens: shapes, filters and the viewset. They stand on this floor because a token may be restricted to cameras."""

from datetime import timedelta
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import api_tokens
from accounts.api.fields import Text, VisibleRelatedField, WholeNumber
from accounts.api.filters import FilterSet, StableOrdering, Switch
from accounts.api.permissions import Elevated
from accounts.api.serializers import RowSerializer
from accounts.api.viewsets import ScopedViewSet
from accounts.api_tokens import LONGEST_OVERLAP, IssuedToken
from accounts.audit import actor_of
from accounts.choices import TokenState
from accounts.models import ApiToken, User
from accounts.scopes import CHOICES, Scope
from accounts.token_facts import MOST_NETWORKS
from cameras import token_reaches
from cameras.api.fields import CamerasField, PlacesField
from cameras.models import Camera, CameraGroup, Site
from cameras.token_reaches import Reach

_NO_STORE = {"Cache-Control": "no-store"}  # a secret must not stay in anybody's cache
_MOST_PLACES = 500


class _ReachCameras(CamerasField):
    """Public ids of cameras. One that is unknown, or not the caller's to see, is told at its place, as sites and groups are."""

    default_error_messages = {"does_not_exist": "One of these cameras does not exist, or you may not see it."}

    def to_internal_value(self, data: Any) -> list[Camera]:
        """The cameras. Raises ValidationError."""
        try:
            return super().to_internal_value(data)
        except Http404:
            self.fail("does_not_exist")


class ReachSerializer(serializers.Serializer[Any]):
    """The cameras of these sites, of these camera groups and the groups inside them, and these cameras."""

    sites = PlacesField(Site.objects.all(), max_length=_MOST_PLACES, required=False, help_text="Numbers of sites")
    groups = PlacesField(
        CameraGroup.objects.all(), max_length=_MOST_PLACES, required=False, help_text="Numbers of camera groups"
    )
    cameras = _ReachCameras(min_length=0, max_length=_MOST_PLACES, required=False, help_text="Public ids of cameras")

    def get_attribute(self, instance: ApiToken) -> Reach | None:
        """Of a token, whose model knows no cameras."""
        return token_reaches.reach_of(instance)

    def to_internal_value(self, data: Any) -> Reach:
        """Read it. Raises ValidationError."""
        return Reach(**super().to_internal_value(data))


class ApiTokenSerializer(RowSerializer[ApiToken]):
    """A token with which a program uses the API; of its text only the public part."""

    owner = VisibleRelatedField(
        queryset=User.objects.all(),
        required=False,
        help_text="You, unless an administrator makes it for a service account",
    )
    key = serializers.CharField(read_only=True, help_text="The public part of its text, `vms_<key>.<secret>`")
    state = serializers.SerializerMethodField()
    scopes = serializers.ListField(
        child=serializers.ChoiceField(choices=CHOICES), min_length=1, max_length=100, help_text="Of the owner's role"
    )
    reach = ReachSerializer(
        allow_null=True, required=False, help_text="Null: all that the owner sees. Never more than that"
    )
    networks = serializers.ListField(
        child=Text(max_length=49),
        max_length=MOST_NETWORKS,
        required=False,
        help_text="Addresses and CIDRs from which it may be used; empty: from anywhere",
    )

    class Meta:
        model = ApiToken
        fields: tuple[str, ...] = (
            *("id", "owner", "name", "key", "state", "scopes", "reach", "networks", "requests_per_minute"),
            *("created_at", "rotated_at", "previous_until", "expires_at", "revoked_at"),
            *("last_used_at", "last_used_address"),
        )
        read_only_fields = ("created_at", "rotated_at", "previous_until", "revoked_at", "last_used_at")
        extra_kwargs: ClassVar = {
            "requests_per_minute": {"min_value": 1, "max_value": 1_000_000},
            "previous_until": {"help_text": "Until when the secret before the last rotation is good"},
            "last_used_at": {"help_text": "Written at most once a minute"},
            "last_used_address": {"read_only": True},
        }

    def get_state(self, token: ApiToken) -> TokenState:
        """Whether it may be used."""
        return token.state_at(timezone.now())


class TokenEditSerializer(ApiTokenSerializer):
    """What may be changed of a token."""

    class Meta(ApiTokenSerializer.Meta):
        read_only_fields = (*ApiTokenSerializer.Meta.read_only_fields, "owner")  # type: ignore[assignment]

    owner = serializers.PrimaryKeyRelatedField[User](read_only=True)  # type: ignore[assignment]


class IssuedTokenSerializer(ApiTokenSerializer):
    """A token with a fresh secret. Its text is shown this once."""

    token = serializers.CharField(read_only=True, help_text="For `Authorization: Bearer …`")

    class Meta(ApiTokenSerializer.Meta):
        fields = (*ApiTokenSerializer.Meta.fields, "token")


class RotationSerializer(serializers.Serializer[Any]):
    """The wish for a new secret."""

    overlap_seconds = WholeNumber(
        required=False,
        default=0,
        min_value=0,
        max_value=int(LONGEST_OVERLAP.total_seconds()),
        help_text="For how long the secret before this one stays good",
    )


class ApiTokenFilterSet(FilterSet):
    """Owner, state and order of tokens."""

    q = filters.CharFilter(method="search", max_length=200, help_text="Words that name, key or owner contain")
    owner = filters.ModelChoiceFilter(
        queryset=lambda request: User.objects.visible_to(request.user), help_text="The owner's number"
    )
    state = filters.ChoiceFilter(choices=TokenState.choices, method="in_state", help_text="Whether it may be used")
    restricted = Switch(help_text="Whether it reaches named cameras only")
    ordering = StableOrdering(fields=["name", "created_at", "expires_at", "last_used_at"])

    class Meta:
        model = ApiToken
        fields = ("q", "owner", "state", "restricted", "ordering")

    def search(self, queryset: Any, name: str, value: str) -> Any:
        """Tokens that every word is found in."""
        return queryset.matching(value)

    def in_state(self, queryset: Any, name: str, value: str) -> Any:
        """Tokens that are in this state now."""
        return queryset.in_state(TokenState(value), timezone.now())


@extend_schema(tags=["authentication"])
@extend_schema_view(
    list=extend_schema(summary="List API tokens"),
    retrieve=extend_schema(summary="Read an API token"),
    destroy=extend_schema(
        summary="Revoke an API token",
        description="For good: requests with it are refused, its sockets and the passes for players from it end. "
        "The row stays.",
    ),
)
class ApiTokenViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.DestroyModelMixin, ScopedViewSet):
    """Your own tokens; with `tokens:all` everybody's. A token can read and revoke tokens, and not make or change them."""

    queryset = ApiToken.objects.select_related("owner")
    serializer_class = ApiTokenSerializer
    filterset_class = ApiTokenFilterSet
    lookup_value_regex = "[0-9]+"
    answered_once = frozenset({"create", "rotation"})
    required_scopes = {
        "GET": Scope.TOKENS_WRITE,
        "POST": Scope.TOKENS_WRITE,
        "PATCH": Scope.TOKENS_WRITE,
        "DELETE": Scope.TOKENS_WRITE,
    }

    def get_permissions(self) -> list[Any]:
        """Whoever gets a secret in a browser is elevated."""
        return [*super().get_permissions(), *([Elevated()] if self.action in self.answered_once else [])]

    def get_queryset(self) -> QuerySet[ApiToken]:
        """With what they reach."""
        return token_reaches.with_places(super().get_queryset())

    @extend_schema(summary="Issue an API token", request=ApiTokenSerializer, responses={201: IssuedTokenSerializer})
    def create(self, request: Request) -> Response:
        """Make it, and show its text this once. With the portal's session it needs an elevation."""
        wish = self.get_serializer(data=request.data)
        wish.is_valid(raise_exception=True)
        actor = actor_of(request)
        issued = token_reaches.issue(actor=actor, **{"owner": actor, **wish.validated_data})
        return self._shown_once(issued, status.HTTP_201_CREATED)

    @extend_schema(summary="Change an API token", request=TokenEditSerializer, responses=ApiTokenSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change what was sent. What is not sent stays as it is."""
        token = self.get_object()
        wish = TokenEditSerializer(token, data=request.data, partial=True, context=self.get_serializer_context())
        wish.is_valid(raise_exception=True)
        token_reaches.edit(token, actor=actor_of(request), **wish.validated_data)
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(summary="Rotate an API token", request=RotationSerializer, responses=IssuedTokenSerializer)
    @action(detail=True, methods=["post"], url_path="rotate")
    def rotation(self, request: Request, pk: str) -> Response:
        """Give it a new secret, shown this once. The one before stays good for as long as you say, a week at most."""
        wish = RotationSerializer(data=request.data)
        wish.is_valid(raise_exception=True)
        overlap = timedelta(seconds=wish.validated_data["overlap_seconds"])
        issued = api_tokens.rotate(self.get_object(), actor=actor_of(request), overlap=overlap)
        return self._shown_once(issued, status.HTTP_200_OK)

    def perform_destroy(self, instance: ApiToken) -> None:
        """End it for good."""
        api_tokens.revoke(instance, actor=actor_of(self.request))

    def _shown_once(self, issued: IssuedToken, status_code: int) -> Response:
        told = {**self.get_serializer(issued.token).data, "token": issued.text}
        return Response(told, status=status_code, headers=_NO_STORE)
