"""Fast hashers, secrets of its own, and no plain static files needed."""

import os
import tempfile
from pathlib import Path

_root = Path(os.environ.setdefault("VMS_TEST_ROOT", tempfile.mkdtemp(prefix="vms-test-")))
os.environ.setdefault("VMS_SECRET_KEY", "test-only-secret-key-that-is-long-enough-for-every-check-0123456789")
os.environ.setdefault("VMS_NODE_SECRET", "test-only-node-secret-0123456789abcdef")
os.environ.setdefault("VMS_MEDIA_ROOT", str(_root / "media"))
os.environ.setdefault("VMS_RUN_ROOT", str(_root / "run"))
os.environ.setdefault("VMS_DATA_ROOT", str(_root / "data"))
os.environ.setdefault("DATABASE_URL", f"sqlite:///{_root}/vms.sqlite3")

from vms.settings.base import *  # noqa: E402

ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
WHITENOISE_AUTOREFRESH = True
for _folder in (MEDIA_ROOT_PATH, RUN_ROOT, DATA_ROOT, STATIC_ROOT):
    _folder.mkdir(parents=True, exist_ok=True)
