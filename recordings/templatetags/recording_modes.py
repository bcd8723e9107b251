"""Door for templates of the floors below: how cameras are recorded."""

from collections.abc import Iterable

from django import template

from cameras.models import Camera
from recordings import policies
from recordings.choices import RecordingMode

register = template.Library()


@register.filter
def with_recording_mode(cameras: Iterable[Camera]) -> list[tuple[Camera, RecordingMode]]:
    """Each camera with its mode; one query."""
    listed = list(cameras)
    modes = policies.modes_of(listed)
    return [(camera, modes[camera.pk]) for camera in listed]
