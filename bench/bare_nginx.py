"""Floors: nginx-rtmp, and nginx serving files, with nothing of VMS around them."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from compose.local.ports import choose_ports, is_free

_MODULES = "/usr/lib/nginx/modules"
_CONFIG = """
load_module {modules}/ngx_rtmp_module.so;
{user}worker_processes 1;
worker_rlimit_nofile 16384;
daemon off;
pid {run}/nginx.pid;
error_log {run}/error.log warn;
events {{ worker_connections 8192; }}
rtmp {{
    access_log off;
    server {{
        listen 127.0.0.1:{rtmp};
        chunk_size 4096;
        max_message 16m;
        application ingest {{
            live on;
            wait_key on;
            wait_video on;
            {more}
        }}
    }}
}}
http {{
    include /etc/nginx/mime.types;
    access_log {run}/access.log;
    sendfile on;
    tcp_nopush on;
    keepalive_timeout 65s;
    client_body_temp_path {run}/body;
    proxy_temp_path {run}/proxy;
    fastcgi_temp_path {run}/unused;
    uwsgi_temp_path {run}/unused;
    scgi_temp_path {run}/unused;
    server {{
        listen 127.0.0.1:{http};
        location / {{ root {files}; }}
    }}
}}
"""


@dataclass(frozen=True, slots=True)
class BareNginx:
    """A running one: its process and ports."""

    pid: int
    rtmp_port: int
    http_port: int


def hls_lines(folder: Path) -> str:
    """Live HLS as VMS has it written."""
    return f"hls on; hls_path {folder}; hls_fragment 2s; hls_playlist_length 12s; hls_fragment_naming system; hls_cleanup on;"


def flv_lines(folder: Path) -> str:
    """Every stream into one FLV file."""
    return f"record all; record_path {folder}; record_unique on;"


@contextmanager
def bare_nginx(run: Path, *, more: str = "", files: Path | None = None) -> Iterator[BareNginx]:
    """nginx with one worker below `run`, until the block is left. Raises TimeoutError when it does not come up."""
    run.mkdir(parents=True, exist_ok=True)
    ports = choose_ports({"RTMP": 0, "HTTP": 0})
    facts = {"modules": _MODULES, "run": run, "more": more, "files": files or run}
    facts |= {"rtmp": ports["RTMP"], "http": ports["HTTP"], "user": "user root;\n" if os.geteuid() == 0 else ""}
    config = run / "nginx.conf"
    config.write_text(_CONFIG.format(**facts))
    command = ["setpriv", "--pdeathsig", "TERM", "--", "nginx", "-c", str(config), "-p", str(run)]
    with subprocess.Popen(command, start_new_session=True) as process:
        try:
            _wait_for(ports["RTMP"], process)
            yield BareNginx(process.pid, ports["RTMP"], ports["HTTP"])
        finally:
            process.terminate()
            process.wait(10)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 10
    while is_free(port):
        if process.poll() is not None or time.monotonic() > deadline:
            raise TimeoutError("nginx did not come up")
        time.sleep(0.05)
