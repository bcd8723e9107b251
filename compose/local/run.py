"""`make run`: all of VMS on this machine, with an administrator and four simulated cameras, until Ctrl-C."""

import fcntl
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from compose.local.stack import USUAL_PORTS, Stack
from compose.local.supervisor import CHECKOUT, Program, StartFailed

CAMERAS = (1, 2, 3, 4)
# What of the environment counts more than what is usual here; DATABASE_URL and all that has no usual value do anyway.
YOURS = ("VMS_MEDIA_ROOT", "VMS_TLS_CERTIFICATE", "VMS_TLS_KEY", "VMS_ALLOWED_HOSTS", "VMS_BIND_ADDRESS")


def main() -> int:
    """Start everything, say where it is, wait for Ctrl-C, stop everything. Returns the exit code."""
    told_to_stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: told_to_stop.set())
    root = Path(os.environ.get("VMS_ROOT", CHECKOUT / "var"))
    root.mkdir(parents=True, exist_ok=True)
    with _alone(root) as alone:
        if not alone:
            print(f"VMS already runs in {root}. Stop it first, or set VMS_ROOT to another folder.", file=sys.stderr)
            return 1
        return _run(root, told_to_stop)


def _run(root: Path, told_to_stop: threading.Event) -> int:
    stack = Stack(
        root,
        usual_ports={name: int(os.environ.get(f"VMS_{name}", port)) for name, port in USUAL_PORTS.items()},
        host=os.environ.get("VMS_PUBLIC_HOST", "127.0.0.1"),
        extra_env={name: os.environ[name] for name in YOURS if name in os.environ},
    )
    try:
        stack.begin([_camera(number) for number in CAMERAS])
        prepare(stack, seed=True)
        stack.start("web", "recorder", "nginx", "worker", "beat")
        stack.wait_for_portal()
        stack.start(*_seeded_cameras(stack))
        print(_welcome(stack), flush=True)
        told_to_stop.wait()
        print("\nstopping…", flush=True)
    except StartFailed as error:
        print(f"VMS did not start: {error}", file=sys.stderr)
        return 1
    finally:
        stack.stop()
    print("stopped.")
    return 0


def prepare(stack: Stack, *, seed: bool) -> None:
    """Tables, static files, the node's configuration and row; with `seed` an administrator and four cameras."""
    os.environ.update(stack.env)
    import django  # noqa: PLC0415  (the settings read the environment that was made just now)
    from django.core.management import call_command  # noqa: PLC0415

    django.setup()
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    call_command("render_node_config")
    call_command("register_node")
    if seed:
        call_command("seed_tryout")


def _camera(number: int) -> Program:
    return Program(f"camera{number}", f"{sys.executable} -m compose.local.simulated_camera {number}", stop_seconds=3)


def _seeded_cameras(stack: Stack) -> list[str]:
    """The simulated cameras that may publish; somebody may have taken one out of use."""
    seeded = (stack.root / "run" / "tryout-cameras.json").read_text()
    return [f"camera{number}" for number in CAMERAS if f'"TRYOUT-{number}"' in seeded]


def _welcome(stack: Stack) -> str:
    ports = stack.ports
    return (
        f"\nVMS is running.\n"
        f"  portal        {stack.portal}\n"
        f"  API docs      {stack.portal}/api/v1/docs/\n"
        f"  RTMP          rtmp://{stack.host}:{ports['RTMP_PORT']}/ingest\n"
        f"  RTMPS         rtmps://{stack.host}:{ports['RTMPS_PORT']}/ingest\n"
        f"  data, logs    {stack.root}\n"
        f"Press Ctrl-C to stop."
    )


@contextmanager
def _alone(root: Path) -> Iterator[bool]:
    with (root / "run.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


if __name__ == "__main__":
    sys.exit(main())
