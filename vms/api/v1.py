"""The table of contents of v1: one include per app."""

from django.urls import include, path, re_path

from vms.api import docs, errors

app_name = "v1"
urlpatterns = [
    path("", include("accounts.api.urls")),
    path("", include("streaming.api.urls")),  # cameras/bulk/ is asked before a camera of that name
    path("", include("cameras.api.urls")),
    path("", include("recordings.api.urls")),
    path("", include("alerts.api.urls")),
    path("schema/", docs.schema, name="schema"),
    path("docs/", docs.docs, name="docs"),
    path("reference/", docs.reference, name="reference"),
    re_path("", errors.unknown_path),
]
