"""All of VMS's processes on one machine, under one supervisor, in one folder, on ports of its own."""

import os
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path

from compose.local.ports import choose_ports
from compose.local.secret_files import certificate, secret_file
from compose.local.supervisor import Program, Supervisor

USUAL_PORTS = {
    "HTTP_PORT": 8080,
    "RTMP_PORT": 1935,
    "RTMPS_PORT": 1936,
    "RTMP_PROXY_PORT": 1937,
    "NODE_CONTROL_PORT": 8090,
    "WEB_PORT": 8000,
    "REDIS_PORT": 6390,
}
# A fragment is half a megabyte: by default glibc asks the kernel for each and gives it back (mallopt(3)).
_RECORDER_MEMORY = "MALLOC_ARENA_MAX=2 MALLOC_MMAP_THRESHOLD_=8388608 MALLOC_TRIM_THRESHOLD_=33554432"


class Stack:
    """`begin`, then `start` programs by name, then `stop`. The folder keeps data, secrets, logs for the next time."""

    def __init__(
        self,
        root: Path,
        *,
        host: str = "127.0.0.1",
        usual_ports: Mapping[str, int] = USUAL_PORTS,
        extra_env: Mapping[str, str] | None = None,
    ) -> None:
        self.root = root.resolve()
        self.host = host
        for folder in ("run", "log", "data", "media", "redis"):
            (self.root / folder).mkdir(parents=True, exist_ok=True)
        self.ports = choose_ports(usual_ports)
        self.env = {**os.environ, **self._own_env(), **(extra_env or {})}
        self.supervisor = Supervisor(self.root, self.env)

    @property
    def portal(self) -> str:
        """Where people go."""
        return f"http://{self.host}:{self.ports['HTTP_PORT']}"

    def begin(self, more: Sequence[Program] = (), *, before: Sequence[Program] = ()) -> None:
        """Start the supervisor and Redis; nothing else yet. `more` leans on VMS, which leans on `before`.

        Raises StartFailed.
        """
        self.supervisor.begin([*before, *self._programs(), *more])
        self.supervisor.start("redis")

    def start(self, *names: str) -> None:
        """Start programs by name. Raises StartFailed."""
        self.supervisor.start(*names)

    def wait_for_portal(self, seconds: float = 60) -> None:
        """Until nginx and the web process answer. Raises StartFailed."""
        self.supervisor.wait_until("the portal", lambda: _answers(f"{self.portal}/healthz"), seconds)

    def stop(self) -> None:
        """End everything, and wait until it has ended."""
        self.supervisor.end()

    def _own_env(self) -> dict[str, str]:
        ports = self.ports
        crt, key = certificate(self.root / "run", self.host)
        return {
            **{f"VMS_{name}": str(port) for name, port in ports.items()},
            "PYTHONUNBUFFERED": "1",
            "DJANGO_SETTINGS_MODULE": "vms.settings.base",
            "DATABASE_URL": os.environ.get("DATABASE_URL", f"sqlite:///{self.root}/data/vms.sqlite3"),
            "VMS_SECRET_KEY_FILE": str(secret_file(self.root / "secrets" / "secret_key")),
            "VMS_NODE_SECRET_FILE": str(secret_file(self.root / "secrets" / "node_secret")),
            "VMS_REDIS_URL": f"redis://127.0.0.1:{ports['REDIS_PORT']}/0",
            "VMS_WEB_ADDRESS": f"127.0.0.1:{ports['WEB_PORT']}",
            "VMS_NODE_CONTROL_URL": f"http://127.0.0.1:{ports['NODE_CONTROL_PORT']}",
            "VMS_NODE_ACCESS_LOG": str(self.root / "log" / "nginx-access.log"),
            "VMS_PUBLIC_HOST": self.host,
            "VMS_ALLOWED_HOSTS": f"127.0.0.1,localhost,{self.host}",
            "VMS_BIND_ADDRESS": "127.0.0.1" if self.host in ("127.0.0.1", "localhost") else "0.0.0.0",  # noqa: S104
            "VMS_DATA_ROOT": str(self.root / "data"),
            "VMS_MEDIA_ROOT": str(self.root / "media"),
            "VMS_RUN_ROOT": str(self.root / "run"),
            "VMS_HLS_ROOT": str(self.root / "run" / "hls"),
            "VMS_STATIC_ROOT": str(self.root / "static"),
            "VMS_TLS_CERTIFICATE": str(crt),
            "VMS_TLS_KEY": str(key),
        }

    def _programs(self) -> list[Program]:
        """What a VMS on one machine consists of."""
        python = sys.executable
        celery = f"{python} -m celery -A vms"
        quiet = "--without-gossip --without-mingle --without-heartbeat"
        ports, node = self.ports, self.env.get("VMS_NODE_NAME", "local")
        redis = f"redis-server --port {ports['REDIS_PORT']} --bind 127.0.0.1 --dir {self.root}/redis"
        return [
            Program("redis", f'{redis} --save "" --appendonly no --loglevel warning'),
            Program(
                "web",
                f"{python} -m uvicorn vms.asgi:application --host 127.0.0.1 --port {ports['WEB_PORT']} --lifespan off"
                " --no-access-log --no-proxy-headers --timeout-graceful-shutdown 3 --timeout-keep-alive 75",
            ),
            Program("nginx", f"{python} -m compose.local.media_node {self.root}/run", as_group=False),
            Program("worker", f"{celery} worker -n worker@%h -Q vms -P threads -c 4 -l WARNING {quiet}"),
            Program("beat", f"{celery} beat -s {self.root}/run/beat-schedule --pidfile= -l WARNING"),
            Program(
                "recorder",
                f"env {_RECORDER_MEMORY} {celery} worker -n recorder@%h -Q recorder.{node} -P threads -c 216 -l WARNING {quiet}",
                stop_seconds=20,
                as_group=False,
            ),
        ]


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310  (our own address)
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
