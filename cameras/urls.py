"""Pages of the cameras app."""

from typing import Any

app_name = "cameras"
urlpatterns: list[Any] = []
