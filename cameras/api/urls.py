"""Addresses of cameras, sites and groups in the API."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from cameras.api import sight, views
from cameras.api.grants import GrantViewSet
from cameras.api.tokens import ApiTokenViewSet

router = SimpleRouter()
router.register("cameras", views.CameraViewSet, basename="camera")
router.register("sites", views.SiteViewSet, basename="site")
router.register("camera-groups", views.CameraGroupViewSet, basename="camera-group")
router.register("tokens", ApiTokenViewSet, basename="token")
router.register("grants", GrantViewSet, basename="grant")

urlpatterns = [
    path("users/<int:user_id>/access/", sight.AccessViewSet.as_view({"get": "retrieve"}, detail=True), name="access"),
    path("users/<int:user_id>/access/sites/", sight.SiteSightViewSet.as_view({"get": "list"}), name="access-sites"),
    path(
        "users/<int:user_id>/access/camera-groups/",
        sight.GroupSightViewSet.as_view({"get": "list"}),
        name="access-camera-groups",
    ),
    path(
        "users/<int:user_id>/access/cameras/<slug:public_id>/",
        sight.CameraAccessViewSet.as_view({"get": "retrieve"}, detail=True),
        name="access-camera",
    ),
    path(
        "cameras/<slug:public_id>/status-changes/",
        views.StatusChangeViewSet.as_view({"get": "list"}),
        name="camera-status-changes",
    ),
    *router.urls,
]
