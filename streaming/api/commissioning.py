"""Viewset of lists of cameras."""

from typing import Any

from django.core.exceptions import PermissionDenied
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.parsers import BoundedJSON, refuse_long_body
from accounts.api.viewsets import ScopedViewSet
from accounts.audit import actor_of
from accounts.scopes import Scope
from cameras import spreadsheets
from cameras.bulk_enrolment import MOST_ROWS
from cameras.choices import RowOutcome
from cameras.models import Camera
from streaming import commissioning
from streaming.api.serializers import PublishAddressSerializer
from streaming.commissioning import CSV_COLUMNS

_NO_STORE = {"Cache-Control": "no-store"}


class CameraListCsv(BaseParser):
    """Reads a list of cameras as CSV."""

    media_type = "text/csv"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        """The rows. Raises RequestDataTooBig, BadSpreadsheet."""
        refuse_long_body(parser_context["request"], parser_context["view"])
        return spreadsheets.read_cameras(stream.read())


class CommissionCsv(BaseRenderer):
    """Writes what became of a list as CSV."""

    media_type = "text/csv"
    format = "csv"
    charset = "utf-8"

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> str:
        """The text."""
        return spreadsheets.write_rows(CSV_COLUMNS, commissioning.as_lines(data["results"]))


class StrictSwitch(serializers.BooleanField):
    """`true` or `false`, as a parameter writes them, and nothing else."""

    TRUE_VALUES = {"true", True}
    FALSE_VALUES = {"false", False}


class CommissionWishSerializer(serializers.Serializer[Any]):
    """How a list is to be carried out."""

    dry_run = StrictSwitch(default=False, help_text="Only say what would become of each row")
    partial = StrictSwitch(default=False, help_text="Carry out the other rows although some are refused")  # type: ignore[assignment]
    # DRF takes fields off the class, so that the serializer's own attributes of these names are not hidden.
    update = StrictSwitch(  # type: ignore[assignment]
        default=False, help_text="Give cameras that are there the facts of the list"
    )
    stream_keys = StrictSwitch(
        default=False, help_text="Issue a key to each camera of the list that has none; needs stream-keys:write, too"
    )


class CameraRowSerializer(serializers.Serializer[Any]):
    """A camera as a list tells of it. Left out: not compared with the camera that is there."""

    serial_number = serializers.CharField(
        max_length=80, help_text="By it the camera is known when the list is sent again"
    )
    name = serializers.CharField(max_length=120)
    site = serializers.CharField(help_text="The site's number, or its name")
    group = serializers.CharField(
        required=False,
        allow_null=True,
        help_text="The group's number, or its name and those around it: Perimeter / Fence",
    )
    place = serializers.CharField(required=False, allow_blank=True, max_length=200)
    vendor = serializers.CharField(required=False, allow_blank=True, max_length=80)
    model = serializers.CharField(required=False, allow_blank=True, max_length=80)


class RowErrorSerializer(serializers.Serializer[Any]):
    """What is wrong with one part of a row."""

    pointer = serializers.CharField(help_text="JSON pointer into the list, counted from 0: /3/site")
    code = serializers.CharField()
    message = serializers.CharField()


class RowResultSerializer(serializers.Serializer[Any]):
    """What became of a row."""

    row = serializers.IntegerField(help_text="Which, counted from 1; the first line of a CSV does not count")
    serial_number = serializers.CharField()
    outcome = serializers.ChoiceField(choices=RowOutcome.choices)
    camera = serializers.CharField(allow_null=True, help_text="The camera's public id; nothing before it is enrolled")
    errors = RowErrorSerializer(many=True)  # type: ignore[assignment]
    stream_key = serializers.CharField(allow_null=True, help_text="A fresh key, shown this once")
    publish_addresses = PublishAddressSerializer(many=True)


class CommissionSerializer(serializers.Serializer[Any]):
    """What became of a list, row by row."""

    dry_run = serializers.BooleanField()
    enrolled = serializers.IntegerField()
    updated = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    refused = serializers.IntegerField()
    results = RowResultSerializer(many=True)


_EXAMPLE = [{"serial_number": "SN-0001", "name": "Gate", "site": "North gate", "group": "Perimeter / Fence"}]


@extend_schema(tags=["cameras"])
class CommissionViewSet(ScopedViewSet):
    """Lists of cameras."""

    queryset = Camera.objects.all()
    serializer_class = CommissionSerializer
    parser_classes = [BoundedJSON, CameraListCsv]
    renderer_classes = [JSONRenderer, CommissionCsv]
    required_scopes = {"POST": Scope.CAMERAS_WRITE}
    most_body_bytes = 5_000_000

    @extend_schema(
        operation_id="cameras_bulk_create",
        summary="Enrol cameras from a list",
        parameters=[CommissionWishSerializer],
        request={"application/json": CameraRowSerializer(many=True), "text/csv": OpenApiTypes.STR},
        responses={(200, "application/json"): CommissionSerializer, (200, "text/csv"): OpenApiTypes.STR},
        examples=[
            OpenApiExample("A list", _EXAMPLE, request_only=True, media_type="application/json"),
            OpenApiExample("A file", spreadsheets.template(), request_only=True, media_type="text/csv"),
        ],
        description=(
            f"Up to {MOST_ROWS} rows in 5 MB, as JSON or as CSV whose first line names the columns. "
            "All rows are carried out, or none. "
            "A camera that is there with the same facts stays as it is, so a list may be sent again. Send `dry_run=true` "
            "first: it answers what would become of each row. Keys and addresses are shown this once."
        ),
    )
    def create(self, request: Request) -> Response:
        """Carry the list out."""
        wish = CommissionWishSerializer(data=request.query_params.dict())
        wish.is_valid(raise_exception=True)
        wishes = wish.validated_data
        if not isinstance(request.data, list):
            raise serializers.ValidationError("Send a list of cameras.", code="not_a_list")
        actor = actor_of(request)
        if wishes["stream_keys"] and not actor.has_scope(Scope.STREAM_KEYS_WRITE):
            raise PermissionDenied("Your role does not let you issue stream keys. Leave stream_keys out.")
        done = commissioning.commission(
            request.data,
            actor=actor,
            with_keys=wishes["stream_keys"],
            update=wishes["update"],
            skip_refused=wishes["partial"],
            dry_run=wishes["dry_run"],
        )
        return Response(commissioning.as_told(done), headers=_NO_STORE)
