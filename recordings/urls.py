"""Pages and playlists of the recordings app."""

from typing import Any

app_name = "recordings"
urlpatterns: list[Any] = []
