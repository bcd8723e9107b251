"""Addresses of keys, publishes, nodes and playback tokens in the API."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from streaming.api import views
from streaming.api.commissioning import CommissionViewSet

router = SimpleRouter()
router.register("stream-keys", views.StreamKeyViewSet, basename="stream-key")
router.register("publish-urls", views.PublishUrlViewSet, basename="publish-url")
router.register("nodes", views.MediaNodeViewSet, basename="node")
router.register("publish-sessions", views.PublishSessionViewSet, basename="publish-session")
router.register("publish-attempts", views.PublishAttemptViewSet, basename="publish-attempt")
router.register("playback-tokens", views.PlaybackTokenViewSet, basename="playback-token")

urlpatterns = [
    path("cameras/bulk/", CommissionViewSet.as_view({"post": "create"}), name="camera-bulk"),
    *router.urls,
]
