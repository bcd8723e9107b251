"""A supervisor process that keeps programs running, and the words to it."""

import getpass
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent.parent
_SUPERVISOR = """
[supervisord]
nodaemon=true
user={user}
pidfile={run}/supervisord.pid
logfile={logs}/supervisord.log
logfile_maxbytes=5MB
childlogdir={logs}
[unix_http_server]
file={run}/supervisor.sock
chmod=0600
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=unix://{run}/supervisor.sock
"""
_PROGRAM = """
[program:{name}]
command={command}
priority={priority}
directory={checkout}
autostart=false
autorestart=true
startsecs=1
startretries=1000
stopsignal={stop_signal}
stopwaitsecs={stop_seconds}
stopasgroup={as_group}
killasgroup=true
redirect_stderr=true
stdout_logfile={logs}/{name}.log
stdout_logfile_maxbytes=10MB
stdout_logfile_backups=2
"""


@dataclass(frozen=True, slots=True)
class Program:
    """One process that the supervisor keeps running."""

    name: str
    command: str
    stop_seconds: int = 10
    stop_signal: str = "TERM"
    as_group: bool = True


class StartFailed(Exception):
    """Something did not come up; the text says what, and where its log is."""


class Supervisor:
    """Programs below one folder: configuration and socket in `run`, a log for each program in `log`.

    Another process may speak to a supervisor that runs already: everything but `begin` and `end`.
    """

    def __init__(self, root: Path, env: Mapping[str, str]) -> None:
        self.run = root / "run"
        self.logs = root / "log"
        self._env = dict(env)
        self._config = self.run / "supervisord.conf"
        self._process: subprocess.Popen[bytes] | None = None

    def begin(self, programs: Sequence[Program]) -> None:
        """Start the supervisor, and none of the programs yet. Raises StartFailed."""
        self._config.write_text(self._written(programs))
        # The supervisor and all that it keeps running end with this process, however it ends.
        command = ["setpriv", "--pdeathsig", "TERM", "--", sys.executable, "-m", "supervisor.supervisord"]
        with (self.logs / "supervisord.out").open("ab") as out:
            self._process = subprocess.Popen(
                [*command, "-c", str(self._config)],
                env=self._env,
                cwd=CHECKOUT,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        self.wait_until("the supervisor", (self.run / "supervisor.sock").exists, 20)

    def end(self) -> None:
        """End everything, the last program first, and wait until it has ended."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(90)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def start(self, *names: str) -> None:
        """Start programs. Raises StartFailed."""
        self._say("start", *names)

    def restart(self, *names: str) -> None:
        """End programs politely and start them again. Raises StartFailed."""
        self._say("restart", *names)

    def halt(self, *names: str) -> None:
        """End programs politely, until they are started again. Raises StartFailed."""
        self._say("stop", *names)

    def kill(self, name: str, number: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal to a program; when it ends by it, the supervisor starts it again."""
        os.kill(self.pid(name), number)

    def pid(self, name: str) -> int:
        """The process number of a program. Raises StartFailed."""
        return int(self._say("pid", name))

    def wait_until(self, what: str, is_so: Callable[[], bool], seconds: float) -> None:
        """Wait for something of a program. Raises StartFailed when it takes too long, or the supervisor has ended."""
        deadline = time.monotonic() + seconds
        while not is_so():
            if self._process is not None and self._process.poll() is not None:
                raise StartFailed(f"the supervisor ended; see {self.logs}/supervisord.out")
            if time.monotonic() > deadline:
                raise StartFailed(f"{what} did not come up in {seconds:.0f} s; see {self.logs}")
            time.sleep(0.1)

    def _say(self, *words: str) -> str:
        command = [sys.executable, "-m", "supervisor.supervisorctl", "-c", str(self._config), *words]
        answer = subprocess.run(command, env=self._env, cwd=CHECKOUT, capture_output=True, text=True, check=False)
        if answer.returncode != 0 or "ERROR" in answer.stdout:
            raise StartFailed(f"{' '.join(words)}: {answer.stdout.strip()} {answer.stderr.strip()} (logs: {self.logs})")
        return answer.stdout.strip()

    def _written(self, programs: Sequence[Program]) -> str:
        facts = {"user": getpass.getuser(), "run": self.run, "logs": self.logs, "checkout": CHECKOUT}
        sections = [_SUPERVISOR.format(**facts)]
        # What stands later in the list leans on what stands before it, and is stopped before it.
        for priority, one in enumerate(programs):
            words = {"name": one.name, "command": one.command.replace("%", "%%"), "priority": priority}
            stop = {"stop_seconds": one.stop_seconds, "stop_signal": one.stop_signal}
            sections.append(_PROGRAM.format(**facts, **words, **stop, as_group=str(one.as_group).lower()))
        return "".join(sections)
