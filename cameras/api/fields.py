"""A camera named by its public id, for every app whose API is about cameras."""

from collections.abc import Sequence
from typing import Any

from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.api.fields import Text, WholeNumber
from cameras.models import Camera
from cameras.querysets import CameraQuerySet


@extend_schema_field(OpenApiTypes.STR)
class CameraField(serializers.SlugRelatedField[Camera]):
    """The public id of a camera that the caller may see. Of others nothing is told: the answer is 404, as for unknown ones."""

    def __init__(self, *, with_footage: bool = False, **kwargs: Any) -> None:
        self.with_footage = with_footage
        facts: dict[str, Any] = {"slug_field": "public_id", "help_text": "The camera's public id", **kwargs}
        if not facts.get("read_only"):
            facts["queryset"] = Camera.objects.all()
        super().__init__(**facts)

    def to_internal_value(self, data: Any) -> Camera:
        """The camera. Raises Http404."""
        return visible_camera(self.context["request"].user, data, with_footage=self.with_footage)


class CamerasField(serializers.ListField):
    """Public ids of cameras that the caller may see, in order. One that is unknown or not theirs to see makes it a 404."""

    def __init__(self, *, with_footage: bool = False, **kwargs: Any) -> None:
        self.with_footage = with_footage
        facts: dict[str, Any] = {"child": Text(), "min_length": 1, **kwargs}
        super().__init__(**facts)

    def to_internal_value(self, data: Any) -> list[Camera]:
        """The cameras, by one query. Raises ValidationError and Http404."""
        public_ids = super().to_internal_value(data)
        return visible_cameras(self.context["request"].user, public_ids, with_footage=self.with_footage)

    def to_representation(self, data: Any) -> list[str]:
        """Their public ids."""
        return [camera.public_id for camera in data]


class PlacesField(serializers.ListField):
    """Numbers of sites or camera groups that the caller may see; one query, however many."""

    default_error_messages = {"does_not_exist": "There is no {pk_value}, or you may not see it."}

    def __init__(self, places: Any, **kwargs: Any) -> None:
        self.places = places
        facts: dict[str, Any] = {"child": WholeNumber(min_value=1), **kwargs}
        super().__init__(**facts)

    def to_internal_value(self, data: Any) -> list[Any]:
        """The places. Raises ValidationError."""
        wanted = list(dict.fromkeys(super().to_internal_value(data)))
        found = self.places.all().visible_to(self.context["request"].user).in_bulk(wanted)
        for number in wanted:
            if number not in found:
                self.fail("does_not_exist", pk_value=number)
        return [found[number] for number in wanted]

    def to_representation(self, data: Any) -> list[int]:
        """Their numbers."""
        return [place.pk for place in data]


def visible_camera(user: Any, public_id: Any, *, with_footage: bool = False) -> Camera:
    """The camera with this public id, if this person may see it (and what it recorded). Raises Http404."""
    found = None
    if isinstance(public_id, str) and public_id.isascii() and public_id.isalnum():
        rows = _seen_by(user, with_footage).select_related("site", "group")
        found = rows.filter(public_id=public_id).first()
    if found is None:
        raise Http404
    return found


def visible_cameras(user: Any, public_ids: Sequence[str], *, with_footage: bool = False) -> list[Camera]:
    """The cameras with these public ids, in this order, if this person may see all of them. Raises Http404."""
    found = {camera.public_id: camera for camera in _seen_by(user, with_footage).filter(public_id__in=public_ids)}
    if not found.keys() >= set(public_ids):
        raise Http404
    return [found[public_id] for public_id in public_ids]


def _seen_by(user: Any, with_footage: bool) -> CameraQuerySet[Camera]:
    return Camera.objects.footage_visible_to(user) if with_footage else Camera.objects.visible_to(user)
