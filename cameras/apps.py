"""The cameras app and its switchboard."""

from django.apps import AppConfig


class CamerasConfig(AppConfig):
    """First floor."""

    name = "cameras"
    verbose_name = "Cameras"

    def ready(self) -> None:
        """Connect to the floor below."""
        from accounts.signals import access_changed, sight_handed_on  # noqa: PLC0415  (models exist only now)
        from cameras import listeners  # noqa: PLC0415

        access_changed.connect(listeners.on_access_changed)
        sight_handed_on.connect(listeners.on_sight_handed_on)
