"""Viewsets of stream keys, publishes, media nodes and playback tokens."""

from datetime import timedelta
from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import sessions
from accounts.api.pagination import NewestFirst
from accounts.api.viewsets import ScopedViewSet
from accounts.audit import actor_of
from accounts.scopes import Scope
from cameras.models import Camera
from streaming import nodes, publish_addresses, stream_keys, viewing
from streaming.api import serializers
from streaming.api.filters import (
    MediaNodeFilterSet,
    PublishAttemptFilterSet,
    PublishSessionFilterSet,
    StreamKeyFilterSet,
)
from streaming.choices import NodeState
from streaming.models import MediaNode, PublishAttempt, PublishSession, StreamKey
from streaming.stream_keys import IssuedKey

_NO_STORE = {"Cache-Control": "no-store"}  # a secret must not stay in anybody's cache


@extend_schema(tags=["stream-keys"])
@extend_schema_view(
    list=extend_schema(summary="List stream keys"),
    retrieve=extend_schema(summary="Read a stream key"),
    destroy=extend_schema(
        summary="Revoke a stream key", description="A publish that was admitted with it ends at once."
    ),
)
class StreamKeyViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.DestroyModelMixin, ScopedViewSet):
    """Keys of cameras that the caller may see, revoked and expired ones too."""

    queryset = StreamKey.objects.select_related("camera")
    serializer_class = serializers.StreamKeySerializer
    filterset_class = StreamKeyFilterSet
    lookup_value_regex = "[0-9]+"
    required_scopes = {
        "GET": Scope.STREAM_KEYS_WRITE,
        "POST": Scope.STREAM_KEYS_WRITE,
        "DELETE": Scope.STREAM_KEYS_WRITE,
    }

    @extend_schema(
        summary="Rotate a camera's stream key",
        request=serializers.KeyRotationSerializer,
        responses={201: serializers.IssuedKeySerializer},
    )
    def create(self, request: Request) -> Response:
        """Issue a new key, and show its secret this once. The key before it stays valid for a while."""
        wish = serializers.KeyRotationSerializer(data=request.data, context=self.get_serializer_context())
        wish.is_valid(raise_exception=True)
        facts = wish.validated_data
        issued = stream_keys.rotate_key(
            facts["camera"],
            actor=actor_of(request),
            expires_at=facts.get("expires_at"),
            overlap=facts.get("overlap_seconds"),
        )
        return Response(_shown_once(issued), status=status.HTTP_201_CREATED, headers=_NO_STORE)

    def perform_destroy(self, instance: StreamKey) -> None:
        """End it for good, and at once any publish that was admitted with it."""
        stream_keys.revoke_key(instance, actor=actor_of(self.request))


@extend_schema(tags=["stream-keys"])
class PublishUrlViewSet(ScopedViewSet):
    """Addresses that end by themselves, for a phone or a drone that stands in for the camera."""

    queryset = StreamKey.objects.all()
    serializer_class = serializers.PublishUrlWishSerializer
    required_scopes = {"POST": Scope.STREAM_KEYS_WRITE}

    @extend_schema(summary="Make a temporary publish address", responses={201: serializers.IssuedKeySerializer})
    def create(self, request: Request) -> Response:
        """Issue a key that ends by itself, and the addresses that hold it, which are shown this once.

        The camera's own keys stay as they are. A publish ends with the key; `DELETE /stream-keys/{id}/` ends both earlier.
        """
        wish = self.get_serializer(data=request.data)
        wish.is_valid(raise_exception=True)
        valid_for = timedelta(seconds=wish.validated_data["valid_seconds"])
        issued = stream_keys.issue_temporary_key(
            wish.validated_data["camera"], actor=actor_of(request), valid_for=valid_for
        )
        return Response(_shown_once(issued), status=status.HTTP_201_CREATED, headers=_NO_STORE)


@extend_schema(tags=["nodes"])
@extend_schema_view(list=extend_schema(summary="List media nodes"), retrieve=extend_schema(summary="Read a media node"))
class MediaNodeViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """Media nodes. They register themselves."""

    queryset = MediaNode.objects.all()
    serializer_class = serializers.MediaNodeSerializer
    filterset_class = MediaNodeFilterSet
    lookup_field = "name"
    lookup_value_regex = "[-0-9A-Z_a-z]+"
    required_scopes = {"GET": Scope.NODES_READ, "PATCH": Scope.NODES_WRITE}

    @extend_schema(summary="Drain a media node, or let it take cameras again", request=serializers.NodeChangeSerializer)
    def partial_update(self, request: Request, name: str) -> Response:
        """A draining node takes no new cameras; those that publish there stay until they leave."""
        node = self.get_object()
        wish = serializers.NodeChangeSerializer(data=request.data, partial=True)
        wish.is_valid(raise_exception=True)
        if "state" in wish.validated_data:
            node = nodes.edit_node(node, state=NodeState(wish.validated_data["state"]), actor=actor_of(request))
        return Response(self.get_serializer(node).data)


class ByAdmission(NewestFirst):
    """Publishes, the newest first."""

    ordering = ("-admitted_at", "-pk")


class ByLastTry(NewestFirst):
    """Refused publishes, the last tried first."""

    ordering = ("-last_at", "-pk")


@extend_schema(tags=["publishing"])
@extend_schema_view(list=extend_schema(summary="List publishes"), retrieve=extend_schema(summary="Read a publish"))
class PublishSessionViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """Connections that cameras were admitted with, running and ended ones, and why they ended."""

    queryset = PublishSession.objects.select_related("camera", "node")
    serializer_class = serializers.PublishSessionSerializer
    filterset_class = PublishSessionFilterSet
    pagination_class = ByAdmission
    required_scopes = {"GET": Scope.CAMERAS_READ}


@extend_schema(tags=["publishing"])
@extend_schema_view(list=extend_schema(summary="List refused publishes"))
class PublishAttemptViewSet(mixins.ListModelMixin, ScopedViewSet):
    """Publishes that were refused, why, and what to do about it."""

    queryset = PublishAttempt.objects.select_related("camera", "node")
    serializer_class = serializers.PublishAttemptSerializer
    filterset_class = PublishAttemptFilterSet
    pagination_class = ByLastTry
    required_scopes = {"GET": Scope.CAMERAS_READ}


@extend_schema(tags=["playback"])
class PlaybackTokenViewSet(ScopedViewSet):
    """Passes for players."""

    queryset = Camera.objects.all()
    serializer_class = serializers.PlaybackTokenSerializer
    required_scopes = {"POST": Scope.CAMERAS_READ}  # the room asks for the scope of the kind
    answered_once = frozenset()  # a second pass does no harm

    @extend_schema(
        summary="Open a camera's video",
        request=serializers.PlaybackWishSerializer,
        responses={201: serializers.PlaybackTokenSerializer},
    )
    def create(self, request: Request) -> Response:
        """Issue a short-lived token, bound to the caller and the camera, and the address to play."""
        wish = serializers.PlaybackWishSerializer(data=request.data, context=self.get_serializer_context())
        wish.is_valid(raise_exception=True)
        kind = serializers.KINDS[wish.validated_data["kind"]]
        came_by = request.auth or sessions.session_of(request.session.session_key)
        camera = wish.validated_data["camera"]
        issued = viewing.issue_pass(camera, kind=kind, actor=actor_of(request), came_by=came_by)
        return Response(self.get_serializer(issued).data, status=status.HTTP_201_CREATED, headers=_NO_STORE)


def _shown_once(issued: IssuedKey) -> dict[str, Any]:
    camera = issued.key.camera
    node = publish_addresses.node_for(camera)
    addresses = publish_addresses.addresses_of(camera, node, key=issued.secret) if node else []
    return {
        **serializers.StreamKeySerializer(issued.key).data,
        "secret": issued.secret,
        "publish_addresses": serializers.PublishAddressSerializer(addresses, many=True).data,
    }
