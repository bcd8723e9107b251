"""Shapes of cameras, sites and groups."""

from typing import Any

from rest_framework import serializers

from accounts.api.fields import VisibleRelatedField
from accounts.api.serializers import RowSerializer
from cameras.choices import Badge
from cameras.models import Camera, CameraGroup, Site, StatusChange


class CameraSerializer(RowSerializer[Camera]):
    """A camera."""

    site = VisibleRelatedField(queryset=Site.objects.all(), help_text="The site's number")
    group = VisibleRelatedField(
        queryset=CameraGroup.objects.all(), allow_null=True, required=False, help_text="The group's number"
    )
    badge = serializers.ChoiceField(
        choices=Badge.choices, read_only=True, help_text="The one word people see: status, unless out of use"
    )
    recording_mode = serializers.SerializerMethodField(help_text="continuous or off")

    class Meta:
        model = Camera
        fields = (
            *("public_id", "serial_number", "name", "site", "group", "vendor", "model", "place"),
            *("badge", "status", "status_since", "active", "retired_at", "created_at", "recording_mode"),
        )

    def get_recording_mode(self, camera: Camera) -> str:
        """Whether it is recorded; without a policy it is.

        The policy belongs to a floor above: it is read by the relation's name, as a template would.
        """
        policy = getattr(camera, "recording_policy", None)
        return policy.mode if policy else "continuous"


class StatusChangeSerializer(RowSerializer[StatusChange]):
    """From an instant on, a camera was online or offline."""

    class Meta:
        model = StatusChange
        fields = ("at", "status", "cause")
        read_only_fields = fields


class SiteSerializer(RowSerializer[Site]):
    """A place with cameras."""

    class Meta:
        model = Site
        fields = ("id", "name", "time_zone", "region")


class CameraGroupSerializer(RowSerializer[CameraGroup]):
    """A named group of cameras, possibly inside another."""

    # A field by this name; DRF takes it off the class, so that the serializer's own `parent` is not hidden.
    parent = VisibleRelatedField(  # type: ignore[assignment]
        queryset=CameraGroup.objects.all(), allow_null=True, required=False, help_text="The group around it, if any"
    )

    class Meta:
        model = CameraGroup
        fields = ("id", "name", "parent")
        validators: tuple[Any, ...] = ()  # the verb asks whether the name is free beside its siblings
