"""The committed schema is what the code says, and says enough."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.core.management import call_command

from accounts.access import lock_of
from vms.api import v1

COMMITTED = Path(settings.BASE_DIR) / "vms/api/openapi-v1.yaml"
METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    return yaml.safe_load(COMMITTED.read_text())


def operations(schema: dict[str, Any]) -> list[tuple[str, Any]]:
    return [
        (f"{method.upper()} {path}", operation)
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
        if method in METHODS
    ]


def test_the_committed_schema_is_what_the_code_says() -> None:
    fresh = StringIO()
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=fresh)
    assert fresh.getvalue() == COMMITTED.read_text(), "run: make schema"


def test_every_operation_has_a_tag_that_is_explained_a_summary_and_a_description(schema: dict[str, Any]) -> None:
    explained = {tag["name"] for tag in schema["tags"]}
    for name, operation in operations(schema):
        assert set(operation["tags"]) <= explained, name
        assert operation["summary"], name
        assert operation["description"], name


def test_every_operation_declares_its_problems(schema: dict[str, Any]) -> None:
    for name, operation in operations(schema):
        problems = {status: answer for status, answer in operation["responses"].items() if status >= "400"}
        assert {"401", "403"} <= problems.keys(), name
        assert ("{" not in name) or "404" in problems, name
        assert ("requestBody" not in operation) or "400" in problems, name
        for answer in problems.values():
            assert set(answer["content"]) == {"application/problem+json"}


def test_every_view_of_the_api_has_a_lock() -> None:
    patterns = [inner for entry in v1.urlpatterns for inner in getattr(entry, "url_patterns", [entry])]
    assert [str(entry.pattern) for entry in patterns if lock_of(entry.callback) is None] == []
