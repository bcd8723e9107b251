"""Signals from the floors below."""

from typing import Any

from cameras.models import Camera
from streaming import ingest
from streaming.choices import EndReason


def on_camera_deactivated(camera: Camera, **kwargs: Any) -> None:
    """A camera out of use may not go on publishing."""
    reason = EndReason.CAMERA_RETIRED if camera.retired_at else EndReason.CAMERA_INACTIVE
    for session in camera.publish_sessions.open_now().select_related("node", "camera"):
        ingest.cut(session, reason=reason)
