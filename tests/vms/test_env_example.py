""".env.example names every variable that is read, with its true default, and none that is not."""

import ast
import itertools
import re
from collections.abc import Iterator
from typing import Any

from compose.local.simulated_camera import PICTURES
from compose.local.stack import USUAL_PORTS
from vms.settings.env import BASE_DIR

LINE = re.compile(r"^#((?:VMS_|DATABASE_)\w+)=(.*)$", re.MULTILINE)
READERS = {"env_path", "env_secret"}


def told() -> dict[str, str]:
    """The variables of .env.example, each with what it says is the default."""
    return dict(LINE.findall((BASE_DIR / ".env.example").read_text()))


def calls_in(pattern: str) -> Iterator[tuple[str, list[ast.expr]]]:
    """Every call in the modules: `env.int`, `env_path`, `os.environ.get`…, with its arguments."""
    for path in sorted(BASE_DIR.glob(pattern)):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                yield ast.unparse(node.func), node.args


def read_by_settings() -> dict[str, ast.expr]:
    """The variables that the settings read, each with its default as it is written there."""
    return {
        f"VMS_{args[0].value}": args[1]
        for called, args in calls_in("vms/settings/*.py")
        if called in READERS or re.fullmatch(r"env\.(?!read_env)\w+", called)
        if len(args) == 2 and isinstance(args[0], ast.Constant)
    }


def read_by_try_out() -> set[str]:
    """The variables that `make run` reads by itself."""
    spelled = {
        args[0].value
        for called, args in calls_in("compose/local/*.py")
        if called == "os.environ.get" and isinstance(args[0], ast.Constant)
    }
    return spelled | {f"VMS_{name}" for name in USUAL_PORTS} | {f"VMS_TRYOUT_VIDEO_{number}" for number in PICTURES}


def written(default: Any) -> str:
    """A default as one writes it into the environment."""
    if isinstance(default, list):
        return ",".join(default)
    return str(default).lower() if isinstance(default, bool) else str(default)


def test_every_variable_that_is_read_is_told() -> None:
    read = read_by_settings().keys() | read_by_try_out() | {"DATABASE_URL"}

    assert {"VMS_SECRET_KEY", "VMS_MEDIA_ROOT", "VMS_HTTP_PORT", "VMS_MEDIA_ORIGINS"} <= read, "too few were found"
    assert sorted(read - told().keys()) == []


def test_every_variable_that_is_told_is_read() -> None:
    read = read_by_settings().keys() | read_by_try_out() | {"DATABASE_URL"}

    assert sorted(told().keys() - read) == []


def test_every_default_that_is_told_is_the_one_in_the_settings() -> None:
    example = told()
    defaults = {
        name: written(eval(compile(ast.Expression(default), name, "eval"), {}))  # a constant, or a product of some
        for name, default in read_by_settings().items()
    }

    assert {name: example.get(name) for name in defaults} == defaults


def test_every_variable_is_explained() -> None:
    lines = (BASE_DIR / ".env.example").read_text().splitlines()
    bare = [line for before, line in itertools.pairwise(lines) if LINE.match(line) and not before.strip()]

    assert bare == []
