"""Viewsets of recordings, coverage, recording policies and stream health."""

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.pagination import NewestFirst
from accounts.api.viewsets import ScopedViewSet
from accounts.audit import actor_of
from accounts.scopes import Scope
from cameras.models import Camera
from recordings import health, policies
from recordings.api import serializers
from recordings.api.filters import RecordingFilterSet
from recordings.choices import RecordingMode, RecordingSource
from recordings.coverage import coverage_of, coverages_of
from recordings.models import Recording


class ByStart(NewestFirst):
    """Recordings, the newest first."""

    ordering = ("-started_at", "-pk")


@extend_schema(tags=["recordings"])
@extend_schema_view(list=extend_schema(summary="List recordings"), retrieve=extend_schema(summary="Read a recording"))
class RecordingViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """Footage of cameras that the caller may see, file by file. To watch it, ask for a playback token."""

    queryset = Recording.objects.select_related("camera")
    serializer_class = serializers.RecordingSerializer
    filterset_class = RecordingFilterSet
    pagination_class = ByStart
    required_scopes = {"GET": Scope.RECORDINGS_READ}


@extend_schema(tags=["recordings"])
class CoverageViewSet(ScopedViewSet):
    """What is there, what is missing, and why."""

    queryset = Camera.objects.all()
    serializer_class = serializers.CoverageSerializer
    required_scopes = {"GET": Scope.RECORDINGS_READ}

    @extend_schema(summary="Ask what footage there is", parameters=[serializers.CoverageQuestionSerializer])
    def retrieve(self, request: Request) -> Response:
        """Covered ranges, and gaps with their causes, of a camera between two instants."""
        asked = serializers.CoverageQuestionSerializer(data=request.query_params, context=self.get_serializer_context())
        asked.is_valid(raise_exception=True)
        return Response(self.get_serializer(coverage_of(**asked.validated_data)).data)


@extend_schema(tags=["recordings"])
class CoveragesViewSet(ScopedViewSet):
    """The same of several cameras by one question, as a wall of timelines asks it."""

    queryset = Camera.objects.all()
    serializer_class = serializers.CoveragesSerializer
    required_scopes = {"GET": Scope.RECORDINGS_READ}

    @extend_schema(
        summary="Ask what footage there is of several cameras", parameters=[serializers.CoveragesQuestionSerializer]
    )
    def retrieve(self, request: Request) -> Response:
        """Covered ranges, and gaps with their causes, of up to 64 cameras between the same two instants.

        `?camera=…&camera=…`; results come in that order.
        """
        asked = serializers.CoveragesQuestionSerializer(
            data=request.query_params, context=self.get_serializer_context()
        )
        asked.is_valid(raise_exception=True)
        cameras = asked.validated_data.pop("camera")
        return Response(serializers.coverages_shape(cameras, coverages_of(cameras, **asked.validated_data)))


class OfCameraViewSet(ScopedViewSet):
    """Something that every camera has one of, by the camera's public id."""

    queryset = Camera.objects.all()
    filter_backends = []
    lookup_field = "public_id"
    lookup_value_regex = "[0-9A-Za-z]+"


@extend_schema(tags=["recordings"])
class RecordingPolicyViewSet(OfCameraViewSet):
    """Whether cameras are recorded."""

    serializer_class = serializers.RecordingPolicySerializer
    http_method_names = [*ScopedViewSet.http_method_names, "put"]
    required_scopes = {
        "GET": Scope.RECORDINGS_READ,
        "PUT": Scope.RECORDINGS_WRITE,
        "PATCH": Scope.RECORDINGS_WRITE,
    }

    @extend_schema(summary="Read whether a camera is recorded")
    def retrieve(self, request: Request, public_id: str) -> Response:
        """Its mode; a camera for which nobody has chosen one is recorded continuously."""
        camera = self.get_object()
        return Response(serializers.policy_shape(camera))

    @extend_schema(summary="Start or stop recording a camera")
    def update(self, request: Request, public_id: str) -> Response:
        """A running recorder follows within a second or two."""
        return self._carry_out(request, partial=False)

    @extend_schema(summary="Start or stop recording a camera", request=serializers.RecordingPolicySerializer)
    def partial_update(self, request: Request, public_id: str) -> Response:
        """The same as PUT, but what is left out stays as it is."""
        return self._carry_out(request, partial=True)

    def _carry_out(self, request: Request, *, partial: bool) -> Response:
        camera = self.get_object()
        wish = self.get_serializer(data=request.data, partial=partial)
        wish.is_valid(raise_exception=True)
        if "mode" in wish.validated_data:
            policies.set_mode(camera, RecordingMode(wish.validated_data["mode"]), actor=actor_of(request))
        if "stream_source" in wish.validated_data:
            policies.set_source(camera, RecordingSource(wish.validated_data["stream_source"]), actor=actor_of(request))
        return Response(serializers.policy_shape(camera))


@extend_schema(tags=["recordings"])
class StreamHealthViewSet(OfCameraViewSet):
    """What the recorder measures of cameras' streams."""

    serializer_class = serializers.StreamHealthSerializer
    required_scopes = {"GET": Scope.CAMERAS_READ}

    @extend_schema(summary="Read what is measured of a camera's stream")
    def retrieve(self, request: Request, public_id: str) -> Response:
        """The last ten seconds or so; nothing while the camera is not being recorded."""
        camera = self.get_object()
        facts = {"camera": camera.public_id, "measurements": health.read_health(camera)}
        return Response(self.get_serializer(facts).data)
