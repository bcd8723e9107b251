"""Pages of the recordings app, playlists for players, and the media node's own path."""

from django.urls import path

from recordings import playlists, views

app_name = "recordings"
urlpatterns = [
    path("cameras/<slug:public_id>/playback/", views.playback, name="playback"),
    path("cameras/<slug:public_id>/health/", views.stream_health, name="health"),
    path("cameras/<slug:public_id>/recording/", views.mode, name="mode"),
    path("cameras/<slug:public_id>/recording/set/", views.set_mode, name="set-mode"),
    path("cameras/<slug:public_id>/recording/source/", views.set_source, name="set-source"),
    path("storage/", views.storage, name="storage"),
    path("storage/notice/", views.storage_notice, name="storage-notice"),
]

media = [
    path("<str:token>/rec/<slug:public_id>/index.m3u8", playlists.playlist, name="playlist"),
    path("<str:token>/rec/<slug:public_id>/<uuid:recording_id>/init.mp4", playlists.init_segment, name="init-segment"),
]

internal = [path("playback-authorization", playlists.playback_authorization, name="playback-authorization")]
