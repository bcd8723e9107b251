"""Shapes of recordings, coverage, policies and health."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.api.fields import Instant, format_instant
from accounts.api.serializers import RowSerializer
from cameras.api.fields import CameraField, CamerasField
from cameras.models import Camera
from recordings import policies
from recordings.choices import GapCause, RecordingMode, RecordingSource
from recordings.coverage import CoverageReport
from recordings.models import Recording

_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")


class RecordingSerializer(RowSerializer[Recording]):
    """One file's worth of footage. `ended_at` is empty while it is being written."""

    camera = CameraField(read_only=True)
    end_cause = serializers.ChoiceField(choices=GapCause.choices, allow_blank=True, read_only=True)
    end_cause_label = serializers.CharField(source="get_end_cause_display", read_only=True)

    class Meta:
        model = Recording
        fields = (
            *("id", "camera", "started_at", "ended_at", "size_bytes", "video_codec", "audio_codec", "width", "height"),
            *("end_cause", "end_cause_label", "end_detail", "drift_ppm"),
        )
        read_only_fields = fields


class Seconds(serializers.FloatField):
    """A number of seconds as JSON writes one: Python also takes `nan`, `1_000`, blanks around it, digits of all scripts."""

    def get_value(self, dictionary: Mapping[Any, Any]) -> Any:
        """What was asked. An empty text is a wrong number, and not one that is left out as in a form."""
        return "" if dictionary.get(self.field_name) == "" else super().get_value(dictionary)

    def to_internal_value(self, value: Any) -> float:
        """The number. Raises ValidationError."""
        if isinstance(value, str) and not _NUMBER.fullmatch(value):
            self.fail("invalid")
        return super().to_internal_value(value)


class RangeQuestionSerializer(serializers.Serializer[Any]):
    """From when to when, how closely."""

    start = Instant(help_text="From this instant on")
    end = Instant(help_text="At most 31 days after the start")
    resolution_seconds = Seconds(
        default=0.0,
        min_value=0,
        max_value=31 * 24 * 3600,
        help_text="Holes shorter than this are not told; 0 for as closely as is sensible",
    )


class CoverageQuestionSerializer(RangeQuestionSerializer):
    """Of which camera."""

    camera = CameraField(with_footage=True)


class CoveragesQuestionSerializer(RangeQuestionSerializer):
    """Of which cameras."""

    camera = CamerasField(
        with_footage=True,
        max_length=64,
        help_text="A camera's public id, once for each camera; answered in the order asked",
    )


class SpanSerializer(serializers.Serializer[Any]):
    """A range with footage."""

    start = Instant()
    end = Instant()


class GapSerializer(SpanSerializer):
    """A range without footage, and why."""

    cause = serializers.ChoiceField(choices=GapCause.choices)
    cause_label = serializers.CharField()
    detail = serializers.CharField(help_text="More about the cause, or nothing")


class CoverageSerializer(serializers.Serializer[CoverageReport]):
    """What footage of a camera there is between two instants. Gaps end at the present."""

    start = Instant()
    end = Instant()
    resolution_seconds = serializers.FloatField(help_text="What was answered, coarser than asked for a long range")
    covered = serializers.SerializerMethodField()
    gaps = serializers.SerializerMethodField()

    @extend_schema_field(SpanSerializer(many=True))
    def get_covered(self, report: CoverageReport) -> list[dict[str, str]]:
        """Written by hand: a long range has thousands of them, and fields would take most of the time."""
        return [{"start": format_instant(start), "end": format_instant(end)} for start, end in report.covered]

    @extend_schema_field(GapSerializer(many=True))
    def get_gaps(self, report: CoverageReport) -> list[dict[str, str]]:
        """Written by hand, as `covered`."""
        return [
            {
                "start": format_instant(gap.start),
                "end": format_instant(gap.end),
                "cause": gap.cause,
                "cause_label": gap.cause_label,
                "detail": gap.detail,
            }
            for gap in report.gaps
        ]


class CameraCoverageSerializer(CoverageSerializer):
    """Coverage, and whose it is."""

    camera = serializers.CharField(help_text="The camera's public id")


class CoveragesSerializer(serializers.Serializer[Any]):
    """What footage there is of each camera, in the order asked."""

    results = CameraCoverageSerializer(many=True)


class RecordingPolicySerializer(serializers.Serializer[Any]):
    """Whether a camera is recorded, and how."""

    camera = CameraField(read_only=True)
    mode = serializers.ChoiceField(choices=RecordingMode.choices)
    stream_source = serializers.ChoiceField(
        choices=RecordingSource.choices,
        required=False,
        help_text="What reads the stream; counts from the camera's next connection on. Left out: stays as it is",
    )


class MeasurementsSerializer(serializers.Serializer[Any]):
    """What the recorder measured over the last ten seconds or so."""

    at = Instant()
    frames_per_second = serializers.FloatField()
    bits_per_second = serializers.FloatField()
    key_frame_interval_seconds = serializers.FloatField()
    video_codec = serializers.CharField()
    audio_codec = serializers.CharField()
    width = serializers.IntegerField()
    height = serializers.IntegerField()
    longest_frame_seconds = serializers.FloatField(help_text="Over the whole run of the recorder")
    drift_ppm = serializers.FloatField(help_text="By how much wall time outruns media time, in millionths")


class StreamHealthSerializer(serializers.Serializer[Any]):
    """What is measured of a camera's stream; nothing when it is not being recorded."""

    camera = serializers.CharField()
    measurements = MeasurementsSerializer(allow_null=True)


def coverages_shape(cameras: Sequence[Camera], reports: Sequence[CoverageReport]) -> dict[str, Any]:
    """Coverage of several cameras as the API writes it."""
    told = map(CoverageSerializer().to_representation, reports)
    return {"results": [{"camera": camera.public_id, **one} for camera, one in zip(cameras, told, strict=True)]}


def policy_shape(camera: Camera) -> dict[str, str]:
    """A policy as the API writes it."""
    return {
        "camera": camera.public_id,
        "mode": policies.mode_of(camera).value,
        "stream_source": policies.source_of(camera).value,
    }
