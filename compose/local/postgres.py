"""A PostgreSQL server of the tests' own: in a folder and on a port of its own, gone when they are done."""

import os
import pwd
import signal
import subprocess
import time
from pathlib import Path

_PROGRAMS = Path("/usr/lib/postgresql/15/bin")
_USER = "vms"


class Postgres:
    """`start`, then `create` as many databases as wanted, then `stop`. Nothing is synced to disk: it holds nothing dear."""

    def __init__(self, folder: Path, port: int) -> None:
        self._folder = folder
        self._port = port
        self._server: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Make the cluster and wait until it answers. Raises CalledProcessError, TimeoutError."""
        self.make()
        with (self._folder.parent / "postgres.log").open("wb") as log:
            self._server = subprocess.Popen(self.command, stdout=log, stderr=log, cwd="/", start_new_session=True)
        self.wait()

    def make(self) -> None:
        """Make the cluster, which nobody serves yet. Raises CalledProcessError."""
        self._folder.mkdir(parents=True)
        initdb = [str(_PROGRAMS / "initdb"), "-D", str(self._folder), "-U", _USER, "-A", "trust", "-E", "UTF8"]
        command = [*self._as_somebody(), *initdb, "--locale=C.UTF-8", "--no-sync"]
        subprocess.run(command, check=True, capture_output=True, cwd="/")

    @property
    def command(self) -> list[str]:
        """What serves the cluster, for who keeps it running himself."""
        options = ["-c", "listen_addresses=127.0.0.1", "-c", f"port={self._port}", "-c", "unix_socket_directories="]
        options += ["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"]
        return [*self._as_somebody(), str(_PROGRAMS / "postgres"), "-D", str(self._folder), *options]

    def url(self, database: str) -> str:
        """The address of a database."""
        return f"postgres://{_USER}@127.0.0.1:{self._port}/{database}"

    def create(self, database: str) -> str:
        """Make a database; its address. Raises CalledProcessError."""
        self._sql("postgres", f"CREATE DATABASE {database}")
        return self.url(database)

    def stop(self) -> None:
        """End the server at once, with all its connections."""
        if self._server is not None:
            self._server.send_signal(signal.SIGINT)
            self._server.wait()
            self._server = None

    def _as_somebody(self) -> list[str]:
        """PostgreSQL refuses to run as root; the package's user does it then."""
        prefix = ["setpriv", "--pdeathsig", "INT"]
        if os.geteuid() == 0:
            somebody = pwd.getpwnam("postgres")
            os.chown(self._folder, somebody.pw_uid, somebody.pw_gid)
            prefix += [f"--reuid={somebody.pw_uid}", f"--regid={somebody.pw_gid}", "--clear-groups"]
        return [*prefix, "--"]

    def wait(self) -> None:
        """Until it answers. Raises TimeoutError."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            ready = [str(_PROGRAMS / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self._port)]
            if subprocess.run(ready, check=False).returncode == 0:
                return
            time.sleep(0.1)
        raise TimeoutError("PostgreSQL did not come up")

    def _sql(self, database: str, statement: str) -> None:
        command = ["psql", "-h", "127.0.0.1", "-p", str(self._port), "-U", _USER, "-q", "-c", statement, database]
        subprocess.run(command, check=True, capture_output=True)
