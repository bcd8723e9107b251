"""HTTP and WebSocket, with authentication around the latter, and the media node's callbacks past Django's middleware."""

import gc
import os
from typing import Any

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vms.settings.base")
_django = get_asgi_application()

from django.conf import settings  # noqa: E402  (models exist only after the line above)
from django.urls import get_resolver, re_path  # noqa: E402

from accounts.gate import let_in  # noqa: E402
from accounts.websocket_auth import authenticated  # noqa: E402
from vms.routing import http_urlpatterns, websocket_urlpatterns  # noqa: E402
from vms.turns import in_turns  # noqa: E402

# What is left of the connections is for the callbacks, one each, and for WebSockets.
_pages: Any = in_turns(_django, most=max(1, settings.DATABASE_CONNECTIONS - 4))
_http: list[Any] = [*http_urlpatterns, re_path("", _pages)]

application = ProtocolTypeRouter(
    {"http": URLRouter(_http), "websocket": authenticated(let_in(URLRouter(websocket_urlpatterns)))}
)

# What is loaded stays. The collector would look at all of it again, for some 50 ms, whenever requests make many objects.
_loaded = get_resolver().url_patterns
gc.collect()
gc.freeze()
