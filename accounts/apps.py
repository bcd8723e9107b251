"""The accounts app and its switchboard."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AccountsConfig(AppConfig):
    """Ground floor."""

    name = "accounts"
    verbose_name = "Accounts"

    def ready(self) -> None:
        """Register start-up checks; keep the built-in roles as this version has them, after every migrate."""
        from accounts import checks, listeners  # noqa: F401, PLC0415  (models exist only now)

        post_migrate.connect(listeners.on_tables_ready, sender=self)
