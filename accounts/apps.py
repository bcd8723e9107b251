"""The accounts app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Ground floor."""

    name = "accounts"
    verbose_name = "Accounts"

    def ready(self) -> None:
        """Register start-up checks."""
        from accounts import checks  # noqa: F401, PLC0415  (checks need loaded apps)
