"""Addresses of cameras, sites and groups in the API."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from cameras.api import views

router = SimpleRouter()
router.register("cameras", views.CameraViewSet, basename="camera")
router.register("sites", views.SiteViewSet, basename="site")
router.register("camera-groups", views.CameraGroupViewSet, basename="camera-group")

urlpatterns = [
    path(
        "cameras/<slug:public_id>/status-changes/",
        views.StatusChangeViewSet.as_view({"get": "list"}),
        name="camera-status-changes",
    ),
    *router.urls,
]
