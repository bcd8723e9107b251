"""Schemathesis invents requests from the committed schema, as each role, and holds every answer against it.

`VMS_API_EXAMPLES=300 make test ARGS=tests/e2e/test_schemathesis.py` tries several hundred requests for each operation.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from compose.local.ports import choose_ports
from compose.local.postgres import Postgres
from compose.local.supervisor import CHECKOUT
from tests.e2e.own_stack import OwnStack
from tests.e2e.people import PASSWORD

EXAMPLES = int(os.environ.get("VMS_API_EXAMPLES", "3"))
SECONDS = 240 + 60 * EXAMPLES
pytestmark = [pytest.mark.slow, pytest.mark.own_stack, pytest.mark.timeout(SECONDS)]

ENV = {
    "VMS_RATE_LIMITS": "token=0,person=0,address=0,read=0,write=0,sign-in=0,export=0",
    "VMS_JWT_ACCESS_SECONDS": "86400",
}
FILL = "import json; from tests.e2e.api_cast import fill; print(json.dumps(fill()))"
ALL_PHASES = "examples,coverage,fuzzing,stateful"
# By these a person may lock itself out, and be a stranger from then on; they come last.
LOCKS_ITSELF_OUT = (
    "program_sessions_destroy",
    "users_disable_create",
    "users_partial_update",
    "security_rules_partial_update",
)


@dataclass(frozen=True)
class Api:
    """A VMS with a cast, and how to try its API out."""

    portal: str
    token: str
    config: Path

    def headers_of(self, name: str) -> str:
        """What shows who is asking: a program's token, or that of a person's sign-in."""
        if name == "program":
            return f"Authorization: Bearer {self.token}"
        body = {"email": f"{name}@vms.example", "password": PASSWORD}
        answer = httpx2.post(f"{self.portal}/api/v1/auth/token/", json=body, trust_env=False)
        assert answer.status_code == 200, answer.text
        return f"Authorization: Bearer {answer.json()['access']}"

    def try_out(self, name: str, *more: str) -> tuple[int, str]:
        """Run Schemathesis; its exit code, and what it said."""
        program = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(self.config), "run"]
        where = [str(CHECKOUT / "vms/api/openapi-v1.yaml"), "--url", self.portal, "--header", self.headers_of(name)]
        # Few examples are the same ones each time: what lands is judged by the change. The long run invents others.
        seed = ["--seed", "20300101"] if EXAMPLES < 50 else []
        options = ["--max-examples", str(EXAMPLES), "--continue-on-failure", "--no-shrink", *seed, *more]
        done = subprocess.run(
            [*program, *where, *options], cwd=self.config.parent, check=False, capture_output=True, text=True
        )
        return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder that PostgreSQL may enter, which is another user when this is root; those of pytest are shut to others."""
    with tempfile.TemporaryDirectory(prefix="vms-api-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture(scope="module")
def api(folder: Path) -> Iterator[Api]:
    """nginx and the web process over PostgreSQL, and some of everything."""
    postgres = Postgres(folder / "postgres" / "cluster", choose_ports({"POSTGRES_PORT": 0})["POSTGRES_PORT"])
    postgres.start()
    stack = OwnStack(folder / "vms", extra_env={**ENV, "DATABASE_URL": postgres.create("api")})
    try:
        stack.begin()
        said = stack.manage("shell", "-v", "0", "-c", FILL)
        found = re.search(r"^\{.*\}$", said, re.MULTILINE)
        assert found, said
        stack.manage("collectstatic", "--no-input", "-v", "0")
        stack.manage("render_node_config")
        stack.start("web", "nginx")
        stack.wait_for_portal()
        there = json.loads(found[0])
        yield Api(stack.portal, there["token"], config_in(folder, there))
    finally:
        stack.stop()
        postgres.stop()


def config_in(folder: Path, there: dict[str, Any]) -> Path:
    """The configuration, with what there is to ask for."""
    words = (Path(__file__).parent / "schemathesis.toml").read_text()
    lines = [f"{name} = {{ values = {json.dumps(values)} }}" for name, values in there["dictionaries"].items()]
    file = folder / "schemathesis.toml"
    file.write_text("\n".join([words, "[dictionaries]", *lines, ""]))
    return file


# The administrator comes last: it disables people, takes roles, and writes access rules.
@pytest.mark.parametrize("name", ["outsider", "viewer", "operator", "program", "admin"])
def test_every_answer_is_one_that_the_schema_promises(api: Api, name: str) -> None:
    few = "examples,fuzzing,stateful" if name == "admin" else "fuzzing"
    phases = ALL_PHASES if EXAMPLES >= 50 else few
    code, said = api.try_out(name, "--phases", phases, *named("--exclude-operation-id"))
    assert code == 0, said


def test_so_is_every_answer_to_who_locks_itself_out(api: Api) -> None:
    code, said = api.try_out("admin", "--phases", "fuzzing", *named("--include-operation-id"))
    assert code == 0, said


def named(option: str) -> list[str]:
    """The option for each of these operations."""
    return [word for operation in LOCKS_ITSELF_OUT for word in (option, operation)]
