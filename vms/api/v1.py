"""The table of contents of v1: one include per app."""

from typing import Any

app_name = "v1"
urlpatterns: list[Any] = []
