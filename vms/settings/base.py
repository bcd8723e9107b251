"""Apps, middleware, database, templates; the subject files are gathered here."""

import django_stubs_ext
from environs import validate

from vms.settings.env import BASE_DIR, env, env_database, env_path, env_secret, seal

django_stubs_ext.monkeypatch()

DEBUG = env.bool("DEBUG", False)
SECRET_KEY = env_secret("SECRET_KEY", "")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", ["127.0.0.1", "localhost"])
DATA_ROOT = env_path("DATA_ROOT", "var/data")

INSTALLED_APPS = [
    "vms.admin_site.VmsAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "template_partials.apps.SimpleAppConfig",
    "rest_framework",
    "django_filters",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "auditlog",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "channels",
    "accounts",
    "cameras",
    "streaming",
    "recordings",
    "alerts",
    "vms",
]

MIDDLEWARE = [
    "accounts.gate.ForwardedHeadersMiddleware",
    "vms.middleware.RequestIdMiddleware",
    "vms.call_log.ApiCallMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.audit.AuditContextMiddleware",
    "accounts.gate.AccessRulesMiddleware",
    "accounts.gate.RateLimitMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.entrance.EntranceMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "vms.urls"
ASGI_APPLICATION = "vms.asgi.application"

_LOADERS = [
    (
        "template_partials.loader.Loader",
        [
            (
                "django.template.loaders.cached.Loader",
                ["django.template.loaders.filesystem.Loader", "django.template.loaders.app_directories.Loader"],
            )
        ],
    )
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": _LOADERS,
            "builtins": ["template_partials.templatetags.partials"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "accounts.access.allowed_here",
            ],
        },
    }
]

DATABASES = {
    "default": env_database(f"sqlite:///{DATA_ROOT}/vms.sqlite3"),
}
# At least five: pages leave four of them to callbacks and sockets.
DATABASE_CONNECTIONS = env.int("DATABASE_CONNECTIONS", 16, validate=validate.Range(min=5))
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # Several processes write the one file: writers queue (IMMEDIATE) and readers do not wait for them (WAL).
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
elif DATABASES["default"]["ENGINE"] == "django.db.backends.postgresql":
    # Hundreds of threads share few connections. Who finds none soon, or no server, is told so and does not hang.
    DATABASES["default"] |= {"CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": True}
    DATABASES["default"]["OPTIONS"] = {
        "connect_timeout": 3,
        **DATABASES["default"].get("OPTIONS", {}),
        "pool": {"min_size": 0, "max_size": DATABASE_CONNECTIONS, "timeout": 2, "reconnect_timeout": 1},
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = env_path("STATIC_ROOT", "var/static")
_VENDOR_ROOT = BASE_DIR / "var/vendor"  # filled by `npm run vendor`
STATICFILES_DIRS = [BASE_DIR / "static", *([("vendor", _VENDOR_ROOT)] if _VENDOR_ROOT.is_dir() else [])]
WHITENOISE_USE_FINDERS = DEBUG

from vms.settings.alerts import *  # noqa: E402
from vms.settings.api import *  # noqa: E402
from vms.settings.audit import *  # noqa: E402
from vms.settings.live import *  # noqa: E402
from vms.settings.logs import *  # noqa: E402
from vms.settings.mail import *  # noqa: E402
from vms.settings.media import *  # noqa: E402
from vms.settings.network import *  # noqa: E402
from vms.settings.programs import *  # noqa: E402
from vms.settings.queues import *  # noqa: E402
from vms.settings.security import *  # noqa: E402
from vms.settings.sign_in import *  # noqa: E402

seal()
