"""Start-up checks of the accounts app."""

from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from accounts import countries

_COUNTRIES_GROW_OLD: Final = timedelta(days=365)


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


@register()
def proxies_are_named(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """accounts.W002: without a trusted proxy no request counts as encrypted, so that forms are refused and HSTS is not sent."""
    if settings.SESSION_COOKIE_SECURE and not settings.TRUSTED_PROXIES:
        return [
            Warning(
                "Cookies are for HTTPS only, but no proxy is trusted to say that a request came by HTTPS.",
                hint="Name the TLS proxy in front in VMS_TRUSTED_PROXIES, then run render_node_config.",
                id="accounts.W002",
            )
        ]
    return []


@register()
def countries_can_be_told(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """accounts.W003, accounts.W004: access rules about countries need a database, and it grows old."""
    made_at = countries.made_at()
    if made_at is None:
        return [
            Warning(
                f"There is no country database at {settings.COUNTRY_DATABASE}: access rules about countries decide nothing.",
                hint="Install the front-end packages (npm ci), or name a file with VMS_COUNTRY_DATABASE.",
                id="accounts.W003",
            )
        ]
    if timezone.now() - made_at > _COUNTRIES_GROW_OLD:
        return [
            Warning(
                f"The country database is of {made_at:%Y-%m-%d}: networks have moved since.",
                hint="Put a newer file in its place, or name one with VMS_COUNTRY_DATABASE.",
                id="accounts.W004",
            )
        ]
    return []
