"""The alerts app and its switchboard: every signal from below that it listens to is listed here."""

from django.apps import AppConfig


class AlertsConfig(AppConfig):
    """Top floor."""

    name = "alerts"
    verbose_name = "Alerts"

    def ready(self) -> None:
        """Connect the signals from below."""
        from alerts import listeners  # noqa: PLC0415  (models exist only now)
        from recordings.signals import (  # noqa: PLC0415
            recorder_failed,
            tier_has_room,
            tier_nearly_full,
            tier_not_mounted,
        )

        recorder_failed.connect(listeners.on_recorder_failed)
        tier_nearly_full.connect(listeners.on_tier_nearly_full)
        tier_has_room.connect(listeners.on_tier_has_room)
        tier_not_mounted.connect(listeners.on_tier_not_mounted)
