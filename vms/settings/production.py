"""Refuses to start on values that are unsafe where strangers can reach the portal."""

from django.core.exceptions import ImproperlyConfigured

from vms.settings.base import *

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
SECURE_HSTS_SECONDS = 31_536_000

_unsafe = [
    reason
    for wrong, reason in (
        (len(SECRET_KEY) < 50, "VMS_SECRET_KEY must have at least 50 characters"),
        (len(JWT_KEY) < 32, "VMS_JWT_KEY must have at least 32 characters"),
        (len(NODE_SECRET) < 32, "VMS_NODE_SECRET must have at least 32 characters"),
        (DEBUG, "VMS_DEBUG must be false"),
        ("*" in ALLOWED_HOSTS, "VMS_ALLOWED_HOSTS must name the hosts, not *"),
        (DATABASES["default"]["ENGINE"].endswith("sqlite3"), "DATABASE_URL must name a PostgreSQL database"),
    )
    if wrong
]
if _unsafe:
    raise ImproperlyConfigured("Not safe for production:\n  " + "\n  ".join(_unsafe))
