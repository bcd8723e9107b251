"""A second VMS for one test: on a disk, with a clock or in a network that the others must not have."""

import logging
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx2

from compose.local.stack import USUAL_PORTS, Stack
from compose.local.supervisor import CHECKOUT
from compose.local.test import SHORT
from tests.e2e.cameras import StubbornCamera
from tests.e2e.footage import Footage
from tests.e2e.people import PASSWORD, EnrolledCamera, Person

logger = logging.getLogger(__name__)
_PREPARE = f"""
from django.core.management import call_command
call_command("migrate", verbosity=0)
call_command("collectstatic", interactive=False, verbosity=0)
call_command("render_node_config")
call_command("register_node")
from accounts import membership
from accounts.audit import SYSTEM
from accounts.models import Role, User
if not User.objects.exists():
    for name in ("admin", "operator"):
        role = Role.objects.get(name=name)
        membership.add_member(email=name + "@vms.example", name=name, role=role, password="{PASSWORD}", actor=SYSTEM)
"""
_PROGRAMS = ("web", "recorder", "nginx", "worker", "beat")


class OwnStack(Stack):
    """The whole of VMS with SQLite, in a folder of the test's own."""

    def __init__(self, root: Path, *, extra_env: Mapping[str, str]) -> None:
        super().__init__(root, usual_ports=dict.fromkeys(USUAL_PORTS, 0), extra_env=extra_env)
        self._of_the_test: list[Person | StubbornCamera] = []

    def manage(self, *words: str) -> str:
        """A management command in its environment; what it printed."""
        command = [sys.executable, "manage.py", *words]
        done = subprocess.run(command, cwd=CHECKOUT, env=self.env, check=False, capture_output=True, text=True)
        return done.stdout + done.stderr

    def operator(self) -> Person:
        """Somebody who enrols and watches."""
        person = Person(self.portal, "operator@vms.example")
        self._of_the_test.append(person)
        return person

    def publisher(self, camera: EnrolledCamera) -> StubbornCamera:
        """The camera publishes, until it is closed or everything ends."""
        publisher = StubbornCamera(self.publish_url(camera))
        self._of_the_test.append(publisher)
        return publisher

    def stop(self) -> None:
        """End everything, people and cameras of the test first."""
        for one in self._of_the_test:
            one.close()
        super().stop()
        for log in sorted((self.root / "log").glob("*.log")):
            if said := log.read_text(errors="replace").strip():
                logger.warning("%s said: %s", log.stem, said[-2000:])  # shown when the test fails

    def footage_of(self, camera: EnrolledCamera) -> Footage:
        """A camera's files."""
        return Footage(self.root / "media" / "archive", camera)

    def publish_url(self, camera: EnrolledCamera, host: str = "127.0.0.1") -> str:
        """Where the camera publishes to."""
        return f"rtmp://{host}:{self.ports['RTMP_PORT']}/ingest/{camera.stream}"

    @property
    def answers(self) -> bool:
        """Whether the portal is up, its database included."""
        try:
            return httpx2.get(f"{self.portal}/sign-in/", timeout=5, trust_env=False).status_code == 200
        except httpx2.HTTPError:
            return False


@contextmanager
def own_stack(root: Path, env: Mapping[str, str] | None = None) -> Iterator[OwnStack]:
    """All of it is running; it ends with the block."""
    database = {"DATABASE_URL": f"sqlite:///{root}/data/vms.sqlite3"}
    stack = OwnStack(root, extra_env={**SHORT, **database, **(env or {})})
    try:
        stack.begin()
        said = stack.manage("shell", "-v", "0", "-c", _PREPARE)
        assert "Traceback" not in said, said
        stack.start(*_PROGRAMS)
        stack.wait_for_portal()
        yield stack
    finally:
        stack.stop()


def run(*words: str | Path) -> str:
    """A command of the system, which must succeed; what it printed."""
    done = subprocess.run([str(word) for word in words], check=False, capture_output=True, text=True)
    assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
    return done.stdout


@contextmanager
def mounted(folder: Path, *options: str) -> Iterator[None]:
    """Something is mounted on a folder: `mounted(folder, "-t", "tmpfs", "-o", "size=50m", "none")`."""
    folder.mkdir(parents=True, exist_ok=True)
    run("mount", *options, folder)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=False)


def network_namespace(name: str) -> Sequence[str]:
    """What comes before a command that is to run in a network namespace.

    `ip netns exec` would copy all mounts as well, and a disk that another test unmounts meanwhile would live on.
    """
    return ("nsenter", f"--net=/run/netns/{name}")
