"""WebSocket paths of the cameras app."""

from typing import Any

from django.urls import path

from cameras.consumers import CameraSocket, CamerasSocket

# Channels routes with Django's path(), whose types speak of HTTP views only.
_every_camera: Any = CamerasSocket.as_asgi()
_one_camera: Any = CameraSocket.as_asgi()

websocket_urlpatterns: list[Any] = [
    path("ws/cameras/", _every_camera),
    path("ws/cameras/<slug:public_id>/", _one_camera),
]
