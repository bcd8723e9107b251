"""The map of what does not pass through Django's views, on one screen: WebSockets, and the media node's callbacks."""

from cameras.routing import websocket_urlpatterns as cameras
from streaming.routing import http_urlpatterns as streaming

websocket_urlpatterns = [*cameras]
http_urlpatterns = [*streaming]
