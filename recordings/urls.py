"""Pages of the recordings app, playlists for players, and the media node's own path."""

from typing import Any

from django.urls import path

from recordings import playlists

app_name = "recordings"
urlpatterns: list[Any] = []

media = [
    path("<str:token>/rec/<slug:public_id>/index.m3u8", playlists.playlist, name="playlist"),
    path("<str:token>/rec/<slug:public_id>/<uuid:recording_id>/init.mp4", playlists.init_segment, name="init-segment"),
]

internal = [path("playback-authorization", playlists.playback_authorization, name="playback-authorization")]
