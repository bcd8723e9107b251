"""Mail: how it leaves the house. Who has set up none finds letters as files."""

from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from environs import EnvError

from vms.settings.env import BASE_DIR, env, env_secret

_BACKENDS = {
    "smtp": "django.core.mail.backends.smtp.EmailBackend",
    "smtp+tls": "django.core.mail.backends.smtp.EmailBackend",
    "smtps": "django.core.mail.backends.smtp.EmailBackend",
    "file": "django.core.mail.backends.filebased.EmailBackend",
    "console": "django.core.mail.backends.console.EmailBackend",
}


def _mail_settings(url: str) -> dict[str, Any]:
    """What Django wants to know: `smtp+tls://user:password@host:587`, `file:folder`, `console:`."""
    parts = urlsplit(url)
    if parts.scheme not in _BACKENDS:
        raise EnvError(f"VMS_EMAIL_URL begins with one of {', '.join(_BACKENDS)}, followed by a colon.")
    return {
        "EMAIL_BACKEND": _BACKENDS[parts.scheme],
        "EMAIL_FILE_PATH": str(BASE_DIR / unquote(parts.path)),
        "EMAIL_HOST": parts.hostname or "localhost",
        "EMAIL_PORT": parts.port or {"smtp+tls": 587, "smtps": 465}.get(parts.scheme, 25),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp+tls",
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_TIMEOUT": int(parse_qs(parts.query).get("timeout", ["20"])[0]),
    }


globals().update(_mail_settings(env_secret("EMAIL_URL", "file:var/mail")))
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str("EMAIL_FROM", "VMS <vms@localhost>")
# Whoever asks for a letter does not wait until it is delivered, nor learn by waiting whether there was one to send.
EMAIL_IN_BACKGROUND = True
