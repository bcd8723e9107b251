"""Fast hashers, secrets of its own, queues in memory, folders that go with the process, no plain static files needed."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

if "VMS_TEST_ROOT" not in os.environ:
    os.environ["VMS_TEST_ROOT"] = tempfile.mkdtemp(prefix="vms-test-")
    atexit.register(shutil.rmtree, os.environ["VMS_TEST_ROOT"], ignore_errors=True)
_root = Path(os.environ["VMS_TEST_ROOT"])
os.environ.setdefault("VMS_SECRET_KEY", "test-only-secret-key-that-is-long-enough-for-every-check-0123456789")
os.environ.setdefault("VMS_NODE_SECRET", "test-only-node-secret-0123456789abcdef")
os.environ.setdefault("VMS_MEDIA_ROOT", str(_root / "media"))
os.environ.setdefault("VMS_RUN_ROOT", str(_root / "run"))
os.environ.setdefault("VMS_DATA_ROOT", str(_root / "data"))
os.environ.setdefault("DATABASE_URL", f"sqlite:///{_root}/vms.sqlite3")
if worker := os.environ.get("PYTEST_XDIST_WORKER", "").removeprefix("gw"):
    # Tests that run side by side must not find each other's leases, counts and notes.
    _server = os.environ.get("VMS_REDIS_URL", "redis://127.0.0.1:6379/0").rpartition("/")[0]
    os.environ["VMS_REDIS_URL"] = f"{_server}/{int(worker) + 1}"

from vms.settings.base import *  # noqa: E402

ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
DATABASES["default"]["CONN_MAX_AGE"] = (
    0  # a thread that keeps its connection would keep the database from being dropped
)
DATABASES["default"].get("OPTIONS", {}).pop("pool", None)  # for the same reason
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
CELERY_BROKER_URL = "memory://"
EMAIL_IN_BACKGROUND = False
RATE_LIMITS = dict.fromkeys(RATE_LIMITS, 0)  # tests share a Redis, and their people have the same numbers
WHITENOISE_AUTOREFRESH = True
for _folder in (MEDIA_ROOT_PATH, RUN_ROOT, DATA_ROOT, STATIC_ROOT):
    _folder.mkdir(parents=True, exist_ok=True)
