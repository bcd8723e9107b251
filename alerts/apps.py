"""The alerts app and its switchboard: every signal from below that it listens to is listed here."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


def _keep_diffs() -> None:
    from accounts.model_diffs import keep_diffs  # noqa: PLC0415  (models exist only when apps are ready)
    from alerts import models  # noqa: PLC0415

    keep_diffs(models.Webhook, leave_out=["failing_since", "url"])
    keep_diffs(models.SecurityRule)


class AlertsConfig(AppConfig):
    """Top floor."""

    name = "alerts"
    verbose_name = "Alerts"

    def ready(self) -> None:
        """Connect the signals from below."""
        from accounts import signals as of_accounts  # noqa: PLC0415  (models exist only now)
        from alerts import listeners  # noqa: PLC0415
        from cameras import signals as of_cameras  # noqa: PLC0415
        from recordings import signals as of_recordings  # noqa: PLC0415

        post_migrate.connect(listeners.on_tables_ready, sender=self)
        of_accounts.sign_in_attempted.connect(listeners.on_sign_in_attempted)
        of_accounts.refresh_token_reused.connect(listeners.on_refresh_token_reused)
        of_cameras.camera_enrolled.connect(listeners.on_camera_enrolled)
        of_cameras.camera_status_changed.connect(listeners.on_camera_status_changed)
        of_recordings.recording_opened.connect(listeners.on_recording_opened)
        of_recordings.recording_closed.connect(listeners.on_recording_closed)
        of_recordings.recorder_failed.connect(listeners.on_recorder_failed)
        of_recordings.tier_nearly_full.connect(listeners.on_tier_nearly_full)
        of_recordings.tier_has_room.connect(listeners.on_tier_has_room)
        of_recordings.tier_not_mounted.connect(listeners.on_tier_not_mounted)
        _keep_diffs()
