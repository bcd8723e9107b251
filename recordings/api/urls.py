"""Addresses of recordings, coverage, policies and health in the API."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from recordings.api import views

router = SimpleRouter()
router.register("recordings", views.RecordingViewSet, basename="recording")
router.register("recording-policies", views.RecordingPolicyViewSet, basename="recording-policy")
router.register("stream-health", views.StreamHealthViewSet, basename="stream-health")

urlpatterns = [
    path("coverage/", views.CoverageViewSet.as_view({"get": "retrieve"}), name="coverage"),
    path("coverages/", views.CoveragesViewSet.as_view({"get": "retrieve"}), name="coverages"),
    *router.urls,
]
