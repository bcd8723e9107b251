"""HTTP paths that the media node's callbacks take past Django's middleware."""

from typing import Any

from django.urls import path

from streaming import callbacks

# Channels routes with Django's path(), whose types speak of HTTP views only.
_publish: Any = callbacks.publish
_update: Any = callbacks.update
_publish_done: Any = callbacks.publish_done

http_urlpatterns: list[Any] = [
    path("internal/rtmp/publish", _publish),
    path("internal/rtmp/update", _update),
    path("internal/rtmp/publish-done", _publish_done),
]
