"""The whole WebSocket map on one screen."""

from cameras.routing import websocket_urlpatterns as cameras

websocket_urlpatterns = [*cameras]
