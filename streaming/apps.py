"""The streaming app and its switchboard."""

from django.apps import AppConfig


class StreamingConfig(AppConfig):
    """Second floor."""

    name = "streaming"
    verbose_name = "Streaming"

    def ready(self) -> None:
        """Connect to the floor below, and register start-up checks."""
        from cameras.signals import camera_deactivated  # noqa: PLC0415  (models exist only now)
        from streaming import checks, listeners  # noqa: F401, PLC0415

        camera_deactivated.connect(listeners.on_camera_deactivated)
