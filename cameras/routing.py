"""WebSocket paths of the cameras app."""

from django.urls import path

from cameras.consumers import CameraSocket, CamerasSocket

websocket_urlpatterns = [
    path("ws/cameras/", CamerasSocket.as_asgi()),
    path("ws/cameras/<slug:public_id>/", CameraSocket.as_asgi()),
]
