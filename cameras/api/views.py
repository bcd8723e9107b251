"""Viewsets of cameras, sites and groups. Every write is a verb of a room."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.pagination import NewestFirst
from accounts.api.viewsets import ScopedViewSet
from accounts.audit import actor_of
from accounts.scopes import Scope
from cameras import enrolment, places
from cameras.api.fields import visible_camera
from cameras.api.filters import CameraFilterSet, CameraGroupFilterSet, SiteFilterSet, StatusChangeFilterSet
from cameras.api.serializers import CameraGroupSerializer, CameraSerializer, SiteSerializer, StatusChangeSerializer
from cameras.models import Camera, CameraGroup, Site, StatusChange

SCOPES = {
    "GET": Scope.CAMERAS_READ,
    "POST": Scope.CAMERAS_WRITE,
    "PATCH": Scope.CAMERAS_WRITE,
    "DELETE": Scope.CAMERAS_WRITE,
}


class CatalogueViewSet(
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.CreateModelMixin,
    mixins.UpdateModelMixin,
    ScopedViewSet,
):
    """What every list that people keep can do: be read, added to, and changed."""

    required_scopes = SCOPES


@extend_schema(tags=["cameras"])
@extend_schema_view(
    list=extend_schema(summary="List cameras"),
    retrieve=extend_schema(summary="Read a camera"),
    create=extend_schema(summary="Enrol a camera", description="It can publish as soon as it has a stream key."),
    partial_update=extend_schema(summary="Change a camera", description="What is not sent stays as it is."),
    destroy=extend_schema(
        summary="Retire a camera", description="For good. Its footage stays until its retention ends."
    ),
)
class CameraViewSet(mixins.DestroyModelMixin, CatalogueViewSet):
    """Cameras that the caller may see, retired ones too."""

    queryset = Camera.objects.select_related("site", "group", "recording_policy")
    serializer_class = CameraSerializer
    filterset_class = CameraFilterSet
    lookup_field = "public_id"
    lookup_value_regex = "[0-9A-Za-z]+"

    def perform_create(self, serializer: Any) -> None:
        """Enrol it."""
        serializer.instance = enrolment.enrol_camera(actor=actor_of(self.request), **serializer.validated_data)

    def perform_update(self, serializer: Any) -> None:
        """Change what was sent."""
        facts = serializer.validated_data
        serializer.instance = enrolment.edit_camera(serializer.instance, actor=actor_of(self.request), **facts)

    def perform_destroy(self, instance: Camera) -> None:
        """Retire it."""
        enrolment.retire_camera(instance, actor=actor_of(self.request))

    @extend_schema(summary="Deactivate a camera", request=None)
    @action(detail=True, methods=["post"])
    def deactivation(self, request: Request, public_id: str) -> Response:
        """Take it out of use for a while: a running publish ends at once, footage stays."""
        camera = enrolment.deactivate_camera(self.get_object(), actor=actor_of(request))
        return Response(self.get_serializer(camera).data)

    @extend_schema(summary="Reactivate a camera", request=None)
    @action(detail=True, methods=["post"])
    def reactivation(self, request: Request, public_id: str) -> Response:
        """Put it back into use."""
        camera = enrolment.reactivate_camera(self.get_object(), actor=actor_of(request))
        return Response(self.get_serializer(camera).data)


class ByInstant(NewestFirst):
    """Status changes, the newest first."""

    ordering = ("-at", "-pk")


@extend_schema(tags=["cameras"])
@extend_schema_view(
    list=extend_schema(
        summary="List when a camera went up and down",
        parameters=[OpenApiParameter("public_id", OpenApiTypes.STR, OpenApiParameter.PATH)],
    )
)
class StatusChangeViewSet(mixins.ListModelMixin, ScopedViewSet):
    """From which instants on a camera was online or offline, and why."""

    queryset = StatusChange.objects.all()
    serializer_class = StatusChangeSerializer
    filterset_class = StatusChangeFilterSet
    pagination_class = ByInstant
    required_scopes = {"GET": Scope.CAMERAS_READ}

    def get_queryset(self) -> QuerySet[StatusChange]:
        """Of the camera in the path."""
        return StatusChange.objects.filter(camera=visible_camera(self.request.user, self.kwargs["public_id"]))


@extend_schema(tags=["sites"])
@extend_schema_view(
    list=extend_schema(summary="List sites"),
    retrieve=extend_schema(summary="Read a site"),
    create=extend_schema(summary="Add a site", description="Its days begin at midnight in its time zone."),
    partial_update=extend_schema(summary="Change a site", description="What is not sent stays as it is."),
    destroy=extend_schema(summary="Remove a site", description="Only when no camera is at it, not even a retired one."),
)
class SiteViewSet(mixins.DestroyModelMixin, CatalogueViewSet):
    """Places with cameras, of which the caller may see all or some cameras."""

    queryset = Site.objects.all()
    serializer_class = SiteSerializer
    filterset_class = SiteFilterSet
    lookup_value_regex = "[0-9]+"

    def perform_create(self, serializer: Any) -> None:
        """Add it."""
        serializer.instance = places.add_site(actor=actor_of(self.request), **serializer.validated_data)

    def perform_update(self, serializer: Any) -> None:
        """Change what was sent."""
        facts = serializer.validated_data
        serializer.instance = places.edit_site(serializer.instance, actor=actor_of(self.request), **facts)

    def perform_destroy(self, instance: Site) -> None:
        """Remove it."""
        places.remove_site(instance, actor=actor_of(self.request))


@extend_schema(tags=["camera-groups"])
@extend_schema_view(
    list=extend_schema(summary="List camera groups"),
    retrieve=extend_schema(summary="Read a camera group"),
    create=extend_schema(summary="Add a camera group", description="At the root, or inside another group."),
    partial_update=extend_schema(
        summary="Rename or move a camera group", description="It moves with all that is inside it."
    ),
    destroy=extend_schema(summary="Remove a camera group", description="Only when neither camera nor group is in it."),
)
class CameraGroupViewSet(mixins.DestroyModelMixin, CatalogueViewSet):
    """Groups of cameras that the caller was granted, and the groups inside them."""

    queryset = CameraGroup.objects.all()
    serializer_class = CameraGroupSerializer
    filterset_class = CameraGroupFilterSet
    lookup_value_regex = "[0-9]+"

    def perform_create(self, serializer: Any) -> None:
        """Add it."""
        serializer.instance = places.add_group(actor=actor_of(self.request), **serializer.validated_data)

    def perform_update(self, serializer: Any) -> None:
        """Rename or move it."""
        group: CameraGroup = serializer.instance
        facts = {"name": group.name, "parent": group.parent, **serializer.validated_data}
        serializer.instance = places.edit_group(group, actor=actor_of(self.request), **facts)

    def perform_destroy(self, instance: CameraGroup) -> None:
        """Remove it."""
        places.remove_group(instance, actor=actor_of(self.request))
