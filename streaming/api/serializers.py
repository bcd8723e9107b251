"""Shapes of keys, publishes, nodes and playback tokens."""

from datetime import timedelta
from typing import Any

from rest_framework import serializers

from accounts.api.fields import Instant, WholeNumber
from accounts.api.serializers import Row, RowSerializer
from accounts.scopes import Scope
from cameras.api.fields import CameraField
from streaming.choices import WANTED_NODE_STATES, EndReason, Trouble
from streaming.models import MediaNode, PublishAttempt, PublishSession, StreamKey
from streaming.viewing import Kind

_DAY_SECONDS = 24 * 3600
KINDS: dict[str, Kind] = {"live": "live", "recorded": "rec"}


class StreamKeySerializer(RowSerializer[StreamKey]):
    """A key with which a camera may publish; of its secret only the last four letters."""

    camera = CameraField(read_only=True)

    class Meta:
        model = StreamKey
        fields = ("id", "camera", "hint", "temporary", "created_at", "expires_at", "revoked_at", "last_used_at")
        read_only_fields = fields


class KeyRotationSerializer(serializers.Serializer[Any]):
    """The wish for a new key."""

    camera = CameraField()
    expires_at = Instant(required=False, allow_null=True, help_text="When the key ends; never, unless told")
    overlap_seconds = WholeNumber(
        required=False,
        min_value=0,
        max_value=31 * _DAY_SECONDS,
        help_text="For how long the key before this one stays valid",
    )

    def validate_overlap_seconds(self, value: int) -> timedelta:
        """As a span of time."""
        return timedelta(seconds=value)


class PublishUrlWishSerializer(serializers.Serializer[Any]):
    """The wish for an address that ends by itself."""

    camera = CameraField()
    valid_seconds = WholeNumber(
        default=3600, min_value=60, max_value=_DAY_SECONDS, help_text="For how long; an hour unless told"
    )


class PublishAddressSerializer(serializers.Serializer[Any]):
    """One way in: a whole address, and the two fields that OBS and many cameras ask for instead."""

    url = serializers.CharField()
    server = serializers.CharField()
    stream = serializers.CharField()
    encrypted = serializers.BooleanField()


class IssuedKeySerializer(StreamKeySerializer):
    """A fresh key. Its secret, and the addresses that hold it, are shown this once."""

    secret = serializers.CharField()
    publish_addresses = PublishAddressSerializer(many=True, help_text="Empty when no media node is registered")

    class Meta(StreamKeySerializer.Meta):
        fields = (*StreamKeySerializer.Meta.fields, "secret", "publish_addresses")  # type: ignore[assignment]


class MediaNodeSerializer(RowSerializer[MediaNode]):
    """A media node: where cameras publish to."""

    class Meta:
        model = MediaNode
        fields = ("name", "region", "host", "rtmp_port", "rtmps_port", "state", "registered_at", "seen_at")
        read_only_fields = fields


class NodeChangeSerializer(serializers.Serializer[Any]):
    """What a person may change of a media node."""

    state = serializers.ChoiceField(choices=WANTED_NODE_STATES)


class _PublisherSerializer(RowSerializer[Row]):
    """From where, and with what, a camera is published as is told to those who connect cameras, as on the pages."""

    def to_representation(self, instance: Row) -> dict[str, Any]:
        """Without address and encoder for everybody else."""
        told: dict[str, Any] = super().to_representation(instance)
        knows = self.context["request"].user.has_scope(Scope.STREAM_KEYS_WRITE)
        return told if knows else {**told, "address": None, "encoder": ""}


_WHERE_FROM: dict[str, Any] = {
    "address": {"help_text": "Null, too, for callers without stream-keys:write"},
    "encoder": {"help_text": "Empty, too, for callers without stream-keys:write"},
}


class PublishSessionSerializer(_PublisherSerializer[PublishSession]):
    """One connection that a camera was admitted with."""

    camera = CameraField(read_only=True)
    node = serializers.SlugRelatedField[MediaNode](slug_field="name", read_only=True)
    trouble = serializers.ChoiceField(choices=Trouble.choices, allow_blank=True, read_only=True)
    trouble_label = serializers.CharField(
        source="get_trouble_display", read_only=True, help_text="What is wrong, in words for an installer"
    )
    end_reason = serializers.ChoiceField(choices=EndReason.choices, allow_blank=True, read_only=True)
    end_reason_label = serializers.CharField(source="get_end_reason_display", read_only=True)

    class Meta:
        model = PublishSession
        fields = (
            *("id", "camera", "node", "address", "encoder", "state", "trouble", "trouble_label"),
            *("admitted_at", "flowing_at", "last_update_at", "ended_at", "end_reason", "end_reason_label"),
        )
        read_only_fields = fields
        extra_kwargs = _WHERE_FROM


class PublishAttemptSerializer(_PublisherSerializer[PublishAttempt]):
    """A publish that was refused, and why. An encoder that keeps trying is one row with a count."""

    camera = CameraField(read_only=True, allow_null=True, help_text="Nothing when no camera has the presented name")
    node = serializers.SlugRelatedField[MediaNode](slug_field="name", read_only=True, allow_null=True)
    cause_label = serializers.CharField(source="get_cause_display", read_only=True)
    advice = serializers.CharField(read_only=True, help_text="What the installer should do")

    class Meta:
        model = PublishAttempt
        fields = (
            *("id", "camera", "node", "presented_name", "address", "encoder", "cause", "cause_label", "advice"),
            *("first_at", "last_at", "count"),
        )
        read_only_fields = fields
        extra_kwargs = _WHERE_FROM


class PlaybackWishSerializer(serializers.Serializer[Any]):
    """What somebody wants to watch."""

    camera = CameraField()
    kind = serializers.ChoiceField(choices=sorted(KINDS))


class PlaybackTokenSerializer(serializers.Serializer[Any]):
    """A pass for one camera and one person."""

    token = serializers.CharField(read_only=True)
    url = serializers.CharField(
        read_only=True,
        help_text="The HLS playlist, relative to the portal unless the media node has an address of its own. "
        "A recorded one needs `?start=…&end=…`.",
    )
    expires_at = Instant(read_only=True)
