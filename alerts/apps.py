"""The alerts app and its switchboard: every signal from below that it listens to is listed here."""

from django.apps import AppConfig


def _keep_diffs() -> None:
    from accounts.model_diffs import keep_diffs  # noqa: PLC0415  (models exist only when apps are ready)
    from alerts import models  # noqa: PLC0415

    keep_diffs(models.Webhook, leave_out=["failing_since"])
    keep_diffs(models.SecurityRule)


class AlertsConfig(AppConfig):
    """Top floor."""

    name = "alerts"
    verbose_name = "Alerts"

    def ready(self) -> None:
        """Connect the signals from below."""
        from alerts import listeners  # noqa: PLC0415  (models exist only now)
        from cameras import signals as of_cameras  # noqa: PLC0415
        from recordings import signals as of_recordings  # noqa: PLC0415

        of_cameras.camera_enrolled.connect(listeners.on_camera_enrolled)
        of_cameras.camera_status_changed.connect(listeners.on_camera_status_changed)
        of_recordings.recording_opened.connect(listeners.on_recording_opened)
        of_recordings.recording_closed.connect(listeners.on_recording_closed)
        of_recordings.recorder_failed.connect(listeners.on_recorder_failed)
        of_recordings.tier_nearly_full.connect(listeners.on_tier_nearly_full)
        of_recordings.tier_has_room.connect(listeners.on_tier_has_room)
        of_recordings.tier_not_mounted.connect(listeners.on_tier_not_mounted)
        _keep_diffs()
