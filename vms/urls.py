"""The whole URL map on one screen."""

from django.contrib import admin
from django.urls import include, path

from accounts.urls import signing_in
from recordings.urls import internal as recordings_internal
from recordings.urls import media as recordings_media
from vms.health import healthz

urlpatterns = [
    path("", include("accounts.urls")),
    path("", include(signing_in)),
    path("", include("streaming.urls")),
    path("", include("recordings.urls")),
    path("", include("alerts.urls")),
    path("", include("cameras.urls")),
    path("api/v1/", include("vms.api.v1")),
    path("media/", include(recordings_media)),
    path("internal/", include(recordings_internal)),
    path("healthz", healthz),
    path("admin/", admin.site.urls),
]

handler500 = "vms.api.errors.server_error"
