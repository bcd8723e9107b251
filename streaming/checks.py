"""Start-up checks of the streaming app."""

import shutil
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register


@register()
def node_secret_is_set(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """streaming.E001: without the secret every camera is refused."""
    if settings.NODE_SECRET:
        return []
    hint = "Set it, or VMS_NODE_SECRET_FILE, to at least 32 random characters, the same on web and media node."
    return [Error("VMS_NODE_SECRET is not set.", hint=hint, id="streaming.E001")]


@register("node", deploy=True)
def ffmpeg_is_installed(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """streaming.E002: the recorder runs FFmpeg. Asked on media nodes (check --tag node --deploy)."""
    if shutil.which(settings.FFMPEG):
        return []
    return [Error(f"{settings.FFMPEG} was not found.", hint="Install ffmpeg, or set VMS_FFMPEG.", id="streaming.E002")]
