"""Pages of the streaming app, and the media node's own paths."""

from typing import Any

from django.urls import path

from streaming import callbacks

app_name = "streaming"
urlpatterns: list[Any] = []

internal = [
    path("rtmp/publish", callbacks.publish, name="rtmp-publish"),
    path("rtmp/update", callbacks.update, name="rtmp-update"),
    path("rtmp/publish-done", callbacks.publish_done, name="rtmp-publish-done"),
]
