"""The media node's nginx configuration: one template, filled in from the settings and checked by nginx itself."""

import getpass
import os
import subprocess
from pathlib import Path

from django.conf import settings
from django.template.loader import render_to_string

from streaming.gateway.nginx_rtmp import APPLICATION

_TEMPLATE = "streaming/node/nginx.conf"


class NodeConfigRefused(Exception):
    """nginx does not accept the configuration; the text is what it says."""


def render() -> str:
    """The configuration as text."""
    return render_to_string(_TEMPLATE, _facts())


def write(path: Path) -> None:
    """Put the configuration in place once nginx has accepted it, readable by its owner only.

    What is in place stays when it is refused. Raises NodeConfigRefused, OSError.
    """
    for folder in (settings.RUN_ROOT, settings.HLS_ROOT, path.parent):
        folder.mkdir(parents=True, exist_ok=True)
    candidate = path.with_name(f"{path.name}.new")
    candidate.touch(mode=0o600)
    candidate.chmod(0o600)
    candidate.write_text(render())
    check(candidate)
    candidate.replace(path)


def check(path: Path) -> None:
    """Ask nginx whether it would start with this file. Raises NodeConfigRefused."""
    command = [settings.NGINX, "-t", "-q", "-c", str(path), "-p", str(settings.RUN_ROOT)]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise NodeConfigRefused(f"{settings.NGINX} was not found. Install nginx, or set VMS_NGINX.") from error
    if answer.returncode != 0:
        raise NodeConfigRefused(answer.stderr.strip() or f"nginx -t ended with {answer.returncode}")


def _facts() -> dict[str, object]:
    return {
        "application": APPLICATION,
        "user": getpass.getuser() if os.geteuid() == 0 else "",
        "modules": settings.NGINX_MODULES,
        "run": settings.RUN_ROOT,
        "hls": settings.HLS_ROOT,
        "static": settings.STATIC_ROOT,
        "access_log": settings.NODE_ACCESS_LOG,
        "bind": settings.BIND_ADDRESS,
        "public_host": settings.PUBLIC_HOST,
        "node_name": settings.NODE_NAME,
        "node_secret": settings.NODE_SECRET,
        "web": settings.WEB_ADDRESS,
        "trusted_proxies": settings.TRUSTED_PROXIES,
        "http_port": settings.HTTP_PORT,
        "rtmp_port": settings.RTMP_PORT,
        "rtmps_port": settings.RTMPS_PORT,
        "rtmp_proxy_port": settings.RTMP_PROXY_PORT,
        "control_port": settings.NODE_CONTROL_PORT,
        "tls_certificate": settings.TLS_CERTIFICATE,
        "tls_key": settings.TLS_KEY,
        "idle_seconds": settings.PUBLISH_IDLE_SECONDS,
        "update_seconds": settings.PUBLISH_UPDATE_SECONDS,
        "hls_fragment_seconds": settings.HLS_FRAGMENT_SECONDS,
        "hls_playlist_seconds": settings.HLS_FRAGMENT_SECONDS * settings.HLS_FRAGMENTS,
        "auth_cache_seconds": settings.PLAYBACK_AUTH_CACHE_SECONDS,
    }
