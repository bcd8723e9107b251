"""Start-up checks of the accounts app."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register
from django.core.exceptions import ImproperlyConfigured


@register()
def secret_key_is_set(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """accounts.E001, accounts.W001: sessions and playback tokens are signed with this key."""
    try:
        length = len(settings.SECRET_KEY)
    except ImproperlyConfigured:  # Django refuses to give an empty one away
        return [
            Error(
                "VMS_SECRET_KEY is not set.",
                hint="Set it, or VMS_SECRET_KEY_FILE, to at least 50 random characters.",
                id="accounts.E001",
            )
        ]
    if length < 50:
        return [Warning("VMS_SECRET_KEY is short.", hint="Use at least 50 random characters.", id="accounts.W001")]
    return []
