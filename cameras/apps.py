"""The cameras app."""

from django.apps import AppConfig


class CamerasConfig(AppConfig):
    """First floor."""

    name = "cameras"
    verbose_name = "Cameras"
