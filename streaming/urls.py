"""Pages of the streaming app."""

from django.urls import path

from streaming.views import commissioning, connecting, nodes, publishing

app_name = "streaming"
urlpatterns = [
    path("cameras/bulk/", commissioning.enrol_from_list, name="camera-list"),
    path("cameras/bulk/template.csv", commissioning.template, name="camera-list-template"),
    path("cameras/<slug:public_id>/connect/", connecting.connect, name="connect"),
    path("cameras/<slug:public_id>/connection/", connecting.connection, name="connection"),
    path("cameras/<slug:public_id>/keys/", connecting.keys, name="keys"),
    path("cameras/<slug:public_id>/keys/new/", connecting.issue_key, name="issue-key"),
    path("cameras/<slug:public_id>/keys/<int:pk>/revoke/", connecting.revoke_key, name="revoke-key"),
    path("cameras/<slug:public_id>/temporary-address/", connecting.temporary_address, name="temporary-address"),
    path("cameras/<slug:public_id>/sessions/", publishing.sessions, name="sessions"),
    path("cameras/<slug:public_id>/attempts/", publishing.attempts, name="attempts"),
    path("cameras/<slug:public_id>/trouble/", publishing.trouble, name="trouble"),
    path("nodes/", nodes.nodes, name="nodes"),
    path("nodes/<slug:name>/drain/", nodes.drain, name="drain-node"),
    path("nodes/<slug:name>/activate/", nodes.activate, name="activate-node"),
]
