"""Pages of the streaming app."""

from django.urls import path

from streaming import views

app_name = "streaming"
urlpatterns = [
    path("cameras/<slug:public_id>/connect/", views.connect, name="connect"),
    path("cameras/<slug:public_id>/connection/", views.connection, name="connection"),
    path("cameras/<slug:public_id>/keys/", views.keys, name="keys"),
    path("cameras/<slug:public_id>/keys/new/", views.issue_key, name="issue-key"),
    path("cameras/<slug:public_id>/keys/<int:pk>/revoke/", views.revoke_key, name="revoke-key"),
    path("cameras/<slug:public_id>/sessions/", views.sessions, name="sessions"),
    path("cameras/<slug:public_id>/attempts/", views.attempts, name="attempts"),
    path("cameras/<slug:public_id>/trouble/", views.trouble, name="trouble"),
    path("nodes/", views.nodes, name="nodes"),
]
