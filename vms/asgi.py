"""HTTP and WebSocket, with authentication around the latter."""

import os

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vms.settings.base")
_http = get_asgi_application()

from accounts.websocket_auth import authenticated  # noqa: E402  (models exist only after the line above)
from vms.routing import websocket_urlpatterns  # noqa: E402

application = ProtocolTypeRouter({"http": _http, "websocket": authenticated(URLRouter(websocket_urlpatterns))})
