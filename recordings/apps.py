"""The recordings app and its switchboard."""

from django.apps import AppConfig


def _keep_diffs() -> None:
    from accounts.model_diffs import keep_diffs  # noqa: PLC0415  (models exist only when apps are ready)
    from recordings import models  # noqa: PLC0415

    for model in (models.RecordingPolicy, models.StorageTier):
        keep_diffs(model)


class RecordingsConfig(AppConfig):
    """Third floor."""

    name = "recordings"
    verbose_name = "Recordings"

    def ready(self) -> None:
        """Connect the signals from the floors below."""
        from cameras.signals import camera_deactivated, camera_reactivated  # noqa: PLC0415  (models exist only now)
        from recordings import listeners  # noqa: PLC0415
        from streaming.signals import publishes_ended, publishes_started  # noqa: PLC0415

        publishes_started.connect(listeners.on_publishes_started)
        publishes_ended.connect(listeners.on_publishes_ended)
        camera_deactivated.connect(listeners.on_camera_deactivated)
        camera_reactivated.connect(listeners.on_camera_reactivated)
        _keep_diffs()
