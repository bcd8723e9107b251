"""What a person sees and may do, and why: shapes and viewsets."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.serializers import RowSerializer
from accounts.api.viewsets import ScopedViewSet
from accounts.audit import actor_of
from accounts.models import User
from accounts.scopes import CHOICES, WORDS, Scope
from cameras import sight
from cameras.api.fields import visible_camera
from cameras.api.grants import GrantSerializer
from cameras.choices import SightCause
from cameras.models import CameraGroup, Site

_PERSON = OpenApiParameter("user_id", OpenApiTypes.INT, OpenApiParameter.PATH, description="The person's number")
_CAMERA = OpenApiParameter("public_id", OpenApiTypes.STR, OpenApiParameter.PATH, description="The camera's public id")


class HeldScopeSerializer(serializers.Serializer[Any]):
    """Something that the person may do."""

    scope = serializers.ChoiceField(choices=CHOICES)
    words = serializers.CharField(help_text="What it allows")


class AccessSerializer(serializers.Serializer[Any]):
    """What a person may do by their role, and how many cameras they see."""

    user = serializers.IntegerField(help_text="The person's number")
    is_active = serializers.BooleanField(help_text="Whether the account is open; else all of the rest is asleep")
    role = serializers.CharField(help_text="The role's name, from which the scopes come")
    scopes = HeldScopeSerializer(many=True)
    sees_every_camera = serializers.BooleanField(help_text="Whether the role needs no grants")
    cameras_known = serializers.IntegerField(help_text="Cameras in use of which the caller knows")
    cameras_seen = serializers.IntegerField(help_text="How many of these the person sees")
    cameras_played_back = serializers.IntegerField(help_text="Of how many the person also sees what was recorded")


class ReasonSerializer(serializers.Serializer[sight.Reason]):
    """Something that opens a camera to a person, or keeps it shut."""

    cause = serializers.ChoiceField(choices=SightCause.choices)
    words = serializers.CharField(help_text="The same as a sentence")
    scope = serializers.ChoiceField(choices=CHOICES, allow_null=True)
    grant = GrantSerializer(allow_null=True, help_text="Null, too, when the caller may not know of the grant")


class VerdictSerializer(serializers.Serializer[sight.Verdict]):
    """Whether a person may see a camera, and why."""

    camera = serializers.CharField(source="camera.public_id", help_text="The camera's public id")
    sees = serializers.BooleanField(help_text="Whether the camera exists for the person")
    watches_live = serializers.BooleanField()
    plays_back = serializers.BooleanField()
    reasons = ReasonSerializer(many=True)


class SiteSightSerializer(RowSerializer[Site]):
    """How many cameras of a site a person sees."""

    seen = serializers.IntegerField(help_text="Cameras in use that the person sees")
    played_back = serializers.IntegerField(help_text="How many of these the person can play back")

    class Meta:
        model = Site
        fields = ("id", "name", "seen", "played_back")
        read_only_fields = fields


class GroupSightSerializer(SiteSightSerializer):
    """How many cameras of a camera group, and of the groups inside it, a person sees."""

    class Meta(SiteSightSerializer.Meta):
        model = CameraGroup  # type: ignore[assignment]


class _OfPerson(ScopedViewSet):
    """About the person in the path, if the caller may know of them."""

    filter_backends = []
    required_scopes: ClassVar = {"GET": Scope.MEMBERS_READ}
    queryset = User.objects.all()

    def person(self) -> User:
        """The person, looked up once. Raises Http404."""
        if not hasattr(self, "_person"):
            self._person = self._find_person()
        return self._person

    def _find_person(self) -> User:
        rows = User.objects.visible_to(self.request.user).select_related("role")
        found: User | None = rows.filter(pk=self.kwargs["user_id"]).first()
        if found is None:
            raise Http404
        return found


@extend_schema(tags=["people"], parameters=[_PERSON])
class AccessViewSet(_OfPerson):
    """What a person sees and may do."""

    serializer_class = AccessSerializer

    @extend_schema(summary="Read what a person sees and may do")
    def retrieve(self, request: Request, user_id: int) -> Response:
        """Scopes come from the role, cameras from grants: those at `/grants/?reaching=` the person's number."""
        user = self.person()
        counts = sight.count_seen(user, asker=actor_of(request))
        told = {
            "user": user.pk,
            "is_active": user.is_active,
            "role": user.role.name,
            "scopes": [{"scope": one, "words": WORDS.get(one, one)} for one in user.role.scopes],
            "sees_every_camera": user.has_role_for_every_camera,
            "cameras_known": counts.known,
            "cameras_seen": counts.seen,
            "cameras_played_back": counts.played_back,
        }
        return Response(self.get_serializer(told).data)


@extend_schema(tags=["people"], parameters=[_PERSON, _CAMERA])
class CameraAccessViewSet(_OfPerson):
    """Whether a person may see a camera, and why."""

    serializer_class = VerdictSerializer

    @extend_schema(summary="Read whether a person may see a camera, and why")
    def retrieve(self, request: Request, user_id: int, public_id: str) -> Response:
        """Every grant that leads there is told; or what is missing."""
        verdict = sight.explain(self.person(), visible_camera(request.user, public_id), asker=actor_of(request))
        return Response(self.get_serializer(verdict).data)


class _Places(mixins.ListModelMixin, _OfPerson):
    """Places where a person sees cameras; counted for the page that is told."""

    def paginate_queryset(self, queryset: Any) -> Any:
        """The places of the page, each with its counts."""
        page = super().paginate_queryset(queryset)
        sight.count_in(page or [], self.person(), asker=actor_of(self.request))
        return page


@extend_schema(tags=["people"], parameters=[_PERSON])
@extend_schema_view(list=extend_schema(summary="List the sites where a person sees cameras"))
class SiteSightViewSet(_Places):
    """Sites where a person sees cameras, with how many. Only those that the caller may know of."""

    serializer_class = SiteSightSerializer

    def get_queryset(self) -> QuerySet[Any]:
        """By name."""
        return sight.sites_seen(self.person(), asker=actor_of(self.request))


@extend_schema(tags=["people"], parameters=[_PERSON])
@extend_schema_view(list=extend_schema(summary="List the camera groups in which a person sees cameras"))
class GroupSightViewSet(_Places):
    """Camera groups in which, or inside which, a person sees cameras, with how many."""

    serializer_class = GroupSightSerializer

    def get_queryset(self) -> QuerySet[Any]:
        """By name."""
        return sight.groups_seen(self.person(), asker=actor_of(self.request))
