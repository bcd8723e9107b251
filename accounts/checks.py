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


@register()
def single_sign_on_is_whole(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """accounts.E002, accounts.E003: half of single sign-on would let nobody in."""
    if settings.OIDC_DISCOVERY_URL and not (settings.OIDC_CLIENT_ID and settings.OIDC_CLIENT_SECRET):
        return [
            Error(
                "VMS_OIDC_DISCOVERY_URL is set, VMS_OIDC_CLIENT_ID or VMS_OIDC_CLIENT_SECRET is not.",
                hint="Register VMS with the provider and set both.",
                id="accounts.E002",
            )
        ]
    if settings.OIDC_ONLY and not settings.OIDC_DISCOVERY_URL:
        return [
            Error(
                "VMS_OIDC_ONLY is true, and there is no single sign-on.",
                hint="Set VMS_OIDC_DISCOVERY_URL, or VMS_OIDC_ONLY=false.",
                id="accounts.E003",
            )
        ]
    return []
