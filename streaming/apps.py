"""The streaming app and its switchboard."""

from django.apps import AppConfig


def _keep_diffs() -> None:
    from accounts.model_diffs import keep_diffs  # noqa: PLC0415  (models exist only when apps are ready)
    from streaming import models  # noqa: PLC0415

    keep_diffs(models.MediaNode, leave_out=["seen_at"])
    keep_diffs(models.StreamKey, leave_out=["last_used_at"])


class StreamingConfig(AppConfig):
    """Second floor."""

    name = "streaming"
    verbose_name = "Streaming"

    def ready(self) -> None:
        """Connect to the floor below, and register start-up checks."""
        from cameras.signals import camera_deactivated  # noqa: PLC0415  (models exist only now)
        from streaming import checks, listeners  # noqa: F401, PLC0415

        camera_deactivated.connect(listeners.on_camera_deactivated)
        _keep_diffs()
