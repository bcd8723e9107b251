"""`make test`: every test, against servers started for it alone: PostgreSQL, Redis, nginx-rtmp, FFmpeg, Chromium.

First the tests of single rooms and doors, side by side; then those of the browser's modules; then, one after another,
those that need the whole of VMS running, and beside them those that start a VMS of their own. Words that follow are handed to pytest (`tests/cameras -k enrol`).
"""

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from compose.local.ports import choose_ports
from compose.local.postgres import Postgres
from compose.local.run import prepare
from compose.local.stack import USUAL_PORTS, Stack
from compose.local.supervisor import CHECKOUT, Program

# pytest, and with it all that it has started, ends with this process, however that ends.
PYTEST = ["setpriv", "--pdeathsig", "TERM", "--", sys.executable, "-m", "pytest"]
NOTHING_COLLECTED = 5
SHORT = {
    # Whole hours pass in seconds, and what waits waits less.
    "VMS_RECORDING_ROTATION_SECONDS": "20",
    "VMS_RECORDING_MIN_FREE_BYTES": "50000000",
    "VMS_PUBLISH_UPDATE_SECONDS": "3",
    "VMS_PUBLISH_IDLE_SECONDS": "10",
    "VMS_OBSERVE_NODES_SECONDS": "2",
    "VMS_RECORDER_RECONCILE_SECONDS": "2",
    "VMS_PLAYBACK_AUTH_CACHE_SECONDS": "3",
    "VMS_SIGN_IN_LOCKOUT_SECONDS": "10",
    # Receivers of webhooks run on this machine.
    "VMS_WEBHOOK_ALLOWED_NETWORKS": "127.0.0.1",
    "VMS_WEBHOOK_ALLOW_HTTP": "true",
    "VMS_SECURITY_WATCH_SECONDS": "3",
    # A proxy of the tests' own in front; who comes from another address of this machine is none.
    "VMS_TRUSTED_PROXIES": "127.0.0.9",
    # All people of the tests come from one address, and sign in for each test.
    "VMS_RATE_LIMITS": "sign-in=600",
}


def main(words: Sequence[str]) -> int:
    """Run what was asked for; 0 when all of it passed."""
    root = Path(tempfile.mkdtemp(prefix="vms-test-"))
    root.chmod(0o755)  # PostgreSQL runs as another user when this is root
    free = choose_ports({"POSTGRES_PORT": 0, "REDIS_PORT": 0})
    postgres = Postgres(root / "postgres", free["POSTGRES_PORT"])
    try:
        postgres.start()
        failed = _rooms(root, postgres, free["REDIS_PORT"], words)
    finally:
        postgres.stop()
    failed += _browser_modules() if not words else 0
    failed += _whole(root, words)
    if failed:
        print(f"logs of the servers: {root}", file=sys.stderr)
    else:
        shutil.rmtree(root)
    return min(failed, 1)


def _rooms(root: Path, postgres: Postgres, redis_port: int, words: Sequence[str]) -> int:
    folder = root / "redis"
    folder.mkdir()
    redis = ["redis-server", "--port", str(redis_port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", ""]
    env = {**os.environ, "DATABASE_URL": postgres.create("rooms"), "VMS_REDIS_URL": f"redis://127.0.0.1:{redis_port}/0"}
    env |= {"VMS_TEST_ROOT": str(root / "rooms")}
    (root / "rooms").mkdir()
    with subprocess.Popen(["setpriv", "--pdeathsig", "TERM", "--", *redis], stdout=subprocess.DEVNULL) as server:
        try:
            return _pytest(["-m", "not e2e", "-n", "2", "--dist", "loadfile", *words], env)
        finally:
            server.terminate()


def _browser_modules() -> int:
    files = sorted(str(path) for path in (CHECKOUT / "tests" / "js").glob("*.test.mjs"))
    return subprocess.run(["node", "--test", *files], cwd=CHECKOUT, check=False).returncode


def _whole(root: Path, words: Sequence[str]) -> int:
    """The whole of VMS, started once for all tests that need it."""
    probe = ["-m", "e2e", "--collect-only", "-q", *words]
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "vms.settings.test", "VMS_TEST_ROOT": str(root / "rooms")}
    collected = subprocess.run([*PYTEST, *probe], cwd=CHECKOUT, env=env, check=False, capture_output=True)
    if collected.returncode == NOTHING_COLLECTED:
        return 0
    free = choose_ports({"POSTGRES_PORT": 0, "PROVIDER_PORT": 0})
    postgres = Postgres(root / "database" / "cluster", free["POSTGRES_PORT"])
    postgres.make()
    settings = {**SHORT, **_single_sign_on(free["PROVIDER_PORT"]), "DATABASE_URL": postgres.url("whole")}
    stack = Stack(root / "whole", extra_env=settings, usual_ports=dict.fromkeys(USUAL_PORTS, 0))
    try:
        # Under the stack's own supervisor, so that a test may restart and kill it.
        stack.begin(before=[Program("postgres", shlex.join(postgres.command), stop_seconds=20, stop_signal="INT")])
        stack.start("postgres")
        postgres.wait()
        postgres.create("whole")
        prepare(stack, seed=False)
        stack.start("web", "recorder", "nginx", "worker", "beat")
        stack.wait_for_portal()
        env = {**stack.env, "VMS_STACK_ROOT": str(stack.root)}
        with _meanwhile(["-m", "e2e and own_stack", *words], env, root / "own-stack.out") as beside:
            failed = _pytest(["-m", "e2e and not own_stack", *words], env)
        return failed + beside()
    finally:
        stack.stop()


def _single_sign_on(port: int) -> dict[str, str]:
    """With a provider on this port; the test that needs it starts it."""
    return {
        "VMS_OIDC_DISCOVERY_URL": f"http://localhost:{port}",
        "VMS_OIDC_NAME": "Acme",
        "VMS_OIDC_CLIENT_ID": "vms",
        "VMS_OIDC_CLIENT_SECRET": "secret",
        "VMS_OIDC_ROLES": '{"vms-guards": "viewer"}',
        "VMS_OIDC_NEW_ACCOUNTS": "true",
    }


@contextmanager
def _meanwhile(words: Sequence[str], env: dict[str, str], out: Path) -> Iterator[Callable[[], int]]:
    """Tests that start a VMS of their own, beside the block: they wait more than they compute. Gives their verdict."""
    with out.open("wb") as file:
        process = subprocess.Popen([*PYTEST, *words], cwd=CHECKOUT, env=env, stdout=file, stderr=file)

        def verdict() -> int:
            code = process.wait()
            print(out.read_text(errors="replace"), flush=True)
            return 0 if code == NOTHING_COLLECTED else code

        try:
            yield verdict
        except BaseException:
            process.terminate()
            process.wait()
            raise


def _pytest(words: Sequence[str], env: dict[str, str]) -> int:
    code = subprocess.run([*PYTEST, *words], cwd=CHECKOUT, env=env, check=False).returncode
    return 0 if code == NOTHING_COLLECTED else code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
