"""The cameras app and its switchboard."""

from django.apps import AppConfig


def _keep_diffs() -> None:
    from accounts.model_diffs import keep_diffs  # noqa: PLC0415  (models exist only when apps are ready)
    from cameras import models  # noqa: PLC0415

    keep_diffs(models.Camera, leave_out=["status", "status_since"])
    for model in (models.Site, models.CameraGroup, models.Grant, models.TokenReach):
        keep_diffs(model)


class CamerasConfig(AppConfig):
    """First floor."""

    name = "cameras"
    verbose_name = "Cameras"

    def ready(self) -> None:
        """Connect to the floor below."""
        from accounts.signals import (  # noqa: PLC0415  (models exist only now)
            access_changed,
            credentials_changed,
            sight_handed_on,
        )
        from cameras import listeners  # noqa: PLC0415

        access_changed.connect(listeners.on_access_changed)
        credentials_changed.connect(listeners.on_credentials_changed)
        _keep_diffs()
        sight_handed_on.connect(listeners.on_sight_handed_on)
