"""The accounts app and its switchboard."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


def _keep_diffs() -> None:
    # SQLite learns what api_usage asks of it when a connection is made.
    from accounts import api_usage, models  # noqa: F401, PLC0415  (models exist only when apps are ready)
    from accounts.model_diffs import keep_diffs  # noqa: PLC0415

    keep_diffs(models.User, leave_out=["last_login"])
    keep_diffs(models.UserGroup, many=["members"])
    keep_diffs(models.ApiToken, leave_out=["last_used_at", "last_used_address"])
    for model in (models.Role, models.AccessRule):
        keep_diffs(model)


class AccountsConfig(AppConfig):
    """Ground floor."""

    name = "accounts"
    verbose_name = "Accounts"

    def ready(self) -> None:
        """Register start-up checks; keep the built-in roles as this version has them, after every migrate."""
        from accounts import checks, listeners  # noqa: F401, PLC0415  (models exist only now)

        post_migrate.connect(listeners.on_tables_ready, sender=self)
        _keep_diffs()
