"""The whole of VMS in a temporary folder on ports of its own, with PostgreSQL, and cameras enrolled through its verbs."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from compose.local.ports import choose_ports
from compose.local.postgres import Postgres
from compose.local.run import prepare
from compose.local.stack import USUAL_PORTS, Stack
from compose.local.supervisor import CHECKOUT

EVERYTHING = ("web", "recorder", "nginx", "worker", "beat")
UNLIMITED = "token=0,person=0,address=0,read=0,write=0,sign-in=0,export=0"
PASSWORD = "a long enough password 42"  # noqa: S105  (of a throw-away database)
# What a bench keeps from one run to the next: footage, peers, results that are not for the documentation.
WORKSHOP = CHECKOUT / "var" / "bench"


@dataclass(frozen=True, slots=True)
class UnderTest:
    """A running VMS; Django of this process is set up for its database."""

    stack: Stack
    root: Path
    database_pid: int

    @property
    def rtmp_port(self) -> int:
        return self.stack.ports["RTMP_PORT"]


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A camera of the bench, and the name it publishes under."""

    public_id: str
    stream: str


def end_on_signals() -> None:
    """Ctrl-C, SIGTERM and SIGHUP end a bench by an exception, so that every block puts away what it started.

    The second signal is ignored: it would interrupt the putting away.
    """
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def interrupt(*_: object) -> NoReturn:
        for number in numbers:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    for number in numbers:
        signal.signal(number, interrupt)


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A folder for one subject; nothing of it stays."""
    root = Path(tempfile.mkdtemp(prefix="vms-bench-"))
    root.chmod(0o755)  # PostgreSQL runs as another user when this is root
    try:
        yield root
    finally:
        shutil.rmtree(root, ignore_errors=True)


@contextmanager
def vms(*programs: str, settings: Mapping[str, str] | None = None, wait: bool = True) -> Iterator[UnderTest]:
    """VMS with some of its programs, on an empty database, until the block is left. Once in a process.

    Raises StartFailed, CalledProcessError.
    """
    with temporary_folder() as root:
        port = choose_ports({"POSTGRES_PORT": 0})["POSTGRES_PORT"]
        postgres = Postgres(root / "postgres", port)
        try:
            postgres.start()
            url = postgres.create("bench")
            stack = Stack(
                root / "vms",
                usual_ports=dict.fromkeys(USUAL_PORTS, 0),
                extra_env={
                    "VMS_LOG_LEVEL": "WARNING",
                    "DATABASE_URL": url,
                    "VMS_RATE_LIMITS": UNLIMITED,
                    **(settings or {}),
                },
            )
            try:
                stack.begin()
                prepare(stack, seed=False)
                if programs:
                    stack.start(*programs)
                if wait and {"web", "nginx"} <= set(programs):
                    stack.wait_for_portal()
                yield UnderTest(stack, root, _pid_of(root / "postgres"))
            finally:
                stack.stop()
        finally:
            postgres.stop()


def enrol(count: int) -> list[Enrolled]:
    """Cameras with a key each, on one site."""
    from django.db import transaction  # noqa: PLC0415  (Django has been set up by `vms`)

    from accounts.audit import SYSTEM  # noqa: PLC0415
    from cameras import enrolment, places  # noqa: PLC0415
    from cameras.models import Site  # noqa: PLC0415
    from streaming import stream_keys  # noqa: PLC0415

    site = Site.objects.first() or places.add_site(name="Bench", time_zone="Europe/Berlin", actor=SYSTEM)
    made = []
    with transaction.atomic():
        for number in range(count):
            camera = enrolment.enrol_camera(
                actor=SYSTEM, serial_number=f"BENCH-{number}", name=f"Camera {number}", site=site
            )
            key = stream_keys.rotate_key(camera, actor=SYSTEM).secret
            made.append(Enrolled(camera.public_id, f"{camera.public_id}?key={key}"))
    return made


def add_operator() -> str:
    """Somebody who may see and play everything; their e-mail address."""
    from accounts import membership  # noqa: PLC0415  (Django has been set up by `vms`)
    from accounts.audit import SYSTEM  # noqa: PLC0415
    from accounts.models import Role  # noqa: PLC0415

    email, role = "operator@vms.example", Role.objects.get(name="operator")
    membership.add_member(email=email, name="Operator", role=role, password=PASSWORD, actor=SYSTEM)
    return email


def _pid_of(cluster: Path) -> int:
    return int((cluster / "postmaster.pid").read_text().split("\n", 1)[0])


def in_checkout() -> None:
    """Relative paths of the settings and of `manage.py` mean the checkout."""
    os.chdir(CHECKOUT)
