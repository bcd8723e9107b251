"""The committed schema is what the code says, and says enough."""

import re
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.core.management import call_command
from jsonschema import Draft202012Validator, FormatChecker

from accounts.access import lock_of
from vms.api import errors, v1
from vms.api.examples import EXAMPLES

PROBLEMS = Path(settings.BASE_DIR) / "docs/api/problems.md"
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


def resolved(schema: dict[str, Any], response: dict[str, Any]) -> dict[str, Any]:
    """A response, or the shared one that it refers to."""
    name = response.get("$ref", "").rpartition("/")[2]
    return schema["components"]["responses"][name] if name else response


def test_every_operation_declares_its_problems(schema: dict[str, Any]) -> None:
    for name, operation in operations(schema):
        problems = {status: answer for status, answer in operation["responses"].items() if status >= "400"}
        sent = {parameter["name"] for parameter in operation.get("parameters", ())}
        assert {"401", "403", "406", "429", "503"} <= problems.keys(), name
        assert ("{" not in name) or "404" in problems, name
        assert ("requestBody" not in operation) or {"400", "413", "415"} <= problems.keys(), name
        assert ("If-Match" not in sent) or "412" in problems, name
        assert ("Idempotency-Key" not in sent) or "422" in problems, name
        for answer in problems.values():
            assert set(resolved(schema, answer)["content"]) == {"application/problem+json"}


def test_every_edit_of_what_can_be_read_takes_a_condition(schema: dict[str, Any]) -> None:
    for path, methods in schema["paths"].items():
        for method in ("patch", "put", "delete"):
            sent = {parameter["name"] for parameter in methods.get(method, {}).get("parameters", ())}
            assert method not in methods or "get" not in methods or "If-Match" in sent, f"{method} {path}"
        sent = {parameter["name"] for parameter in methods.get("get", {}).get("parameters", ())}
        assert ("If-None-Match" in sent) == (
            "ETag" in methods.get("get", {}).get("responses", {}).get("200", {}).get("headers", {})
        ), path


def test_every_single_resource_has_a_tag(schema: dict[str, Any]) -> None:
    single = [
        path for path, methods in schema["paths"].items() if re.search(r"(\}|/me|/access)/$", path) and "get" in methods
    ]
    assert len(single) > 15
    for path in single:
        assert "ETag" in schema["paths"][path]["get"]["responses"]["200"]["headers"], path


def test_everything_is_described(schema: dict[str, Any]) -> None:
    for name, operation in operations(schema):
        for parameter in operation.get("parameters", ()):
            assert parameter.get("description"), f"{name}: {parameter['name']}"
        for status, response in operation["responses"].items():
            answer = resolved(schema, response)
            assert answer["description"], f"{name}: {status}"
            assert "X-Request-ID" in answer["headers"], f"{name}: {status}"
    assert set(schema["components"]["securitySchemes"]) == {"apiToken", "accessToken", "portalSession"}


def test_operations_have_names_of_their_own(schema: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, operation in operations(schema)]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)+", name) for name in names)


def test_every_body_has_an_example_that_fits(schema: dict[str, Any]) -> None:
    shapes = schema["components"]["schemas"]
    missing = [name for name, shape in shapes.items() if name.endswith("Request") and "examples" not in shape]
    assert missing == [], "add one to vms/api/examples.py"
    assert EXAMPLES.keys() <= shapes.keys()
    for name in EXAMPLES:
        shape = {"$ref": f"#/components/schemas/{name}", "components": schema["components"]}
        Draft202012Validator(shape, format_checker=FormatChecker()).validate(EXAMPLES[name])


def test_every_kind_of_problem_is_explained() -> None:
    told = re.findall(r"^### `(?:urn:vms:problem:)?([a-z-]+)` \((\d+)\)$", PROBLEMS.read_text(), re.MULTILINE)
    assert sorted(told) == sorted((kind.name, str(kind.status)) for kind in errors.every_kind())


def test_every_view_of_the_api_has_a_lock() -> None:
    patterns = [inner for entry in v1.urlpatterns for inner in getattr(entry, "url_patterns", [entry])]
    assert [str(entry.pattern) for entry in patterns if lock_of(entry.callback) is None] == []
