"""What the schema says beyond the code: the problems an operation may answer with, and the headers of answers."""

from collections.abc import Iterator
from typing import Any

from vms.api.errors import CONTENT_TYPE, every_kind

_PROBLEM = {
    "type": "object",
    "description": "What went wrong (RFC 9457).",
    "required": ["type", "title", "status", "detail", "request_id"],
    "properties": {
        "type": {
            "type": "string",
            "format": "uri",
            "description": "The kind of problem, for programs; docs/api/problems.md explains each",
            "examples": ["urn:vms:problem:invalid"],
        },
        "title": {"type": "string", "description": "The kind of problem, in words"},
        "status": {"type": "integer", "description": "The HTTP status"},
        "detail": {"type": "string", "description": "This problem, in words that say what to do"},
        "request_id": {"type": "string", "description": "As in X-Request-ID; name it to the operator of the server"},
        "errors": {"type": "array", "items": {"$ref": "#/components/schemas/FieldProblem"}},
    },
}
_FIELD_PROBLEM = {
    "type": "object",
    "description": "What is wrong with one part of what was sent.",
    "required": ["pointer", "code", "message"],
    "properties": {
        "pointer": {
            "type": "string",
            "description": "JSON pointer into the body, or / and a parameter's name; empty for the whole",
            "examples": ["/site"],
        },
        "code": {"type": "string", "description": "What is wrong, for programs", "examples": ["required"]},
        "message": {"type": "string", "description": "What is wrong, in words"},
        "row": {"type": "integer", "description": "In a list of cameras: which row, from 1"},
    },
}
_REASONS = {
    "304": "The caller has it already: its ETag is in If-None-Match",
    "400": "What was sent is not right",
    "401": "Nobody is signed in",
    "403": "The caller's role does not allow this",
    "404": "There is no such thing, or the caller may not see it",
    "406": "The answer cannot be had in the form that Accept names",
    "409": "Its state does not allow this",
    "412": "It has changed since the caller read it",
    "413": "The body is too large",
    "414": "The address is too long",
    "415": "The body has a form that is not read here",
    "422": "The Idempotency-Key belongs to another request, or rows of a list are refused",
    "428": "This installation wants If-Match on every edit",
    "431": "The headers are too large",
}
_HEADERS = {
    "X-Request-ID": {
        "description": "The request's id: the caller's own, if it was well formed. It is in the audit and the logs.",
        "schema": {"type": "string"},
    },
    "ETag": {"description": "Names this state of the resource", "schema": {"type": "string", "examples": ['"9f2b…"']}},
    "Location": {"description": "Where what was made is read", "schema": {"type": "string", "format": "uri-reference"}},
    "Idempotency-Replayed": {
        "description": "`true` when the request was answered before, and not carried out again",
        "schema": {"type": "string", "enum": ["true"]},
    },
    "WWW-Authenticate": {"description": "How to sign in", "schema": {"type": "string"}},
}
_SUCCESSES = {
    "200": "As asked",
    "201": "It is made",
    "202": "It is done within seconds",
    "204": "Done; there is nothing to tell",
}
_PATH_WORDS = {
    "public_id": "The camera's public id",
    "name": "Its name",
    "id": "Its number, or its id",
    "user_id": "The person's number",
    "group_id": "The group's number",
}
_WRITES = frozenset({"post", "put", "patch", "delete"})
METHODS = frozenset({"get", *_WRITES})


def require_what_is_always_told(result: Any, generator: Any, request: Any, public: bool) -> Any:
    """Every property of an answer is there, if only as null; only bodies that are sent may leave some out."""
    for name, schema in result["components"]["schemas"].items():
        if not name.endswith("Request") and "properties" in schema:
            schema["required"] = sorted(schema["properties"])
    return result


def declare_problem_responses(result: Any, generator: Any, request: Any, public: bool) -> Any:
    """Add to every operation the problems that it may answer with."""
    schemas = result["components"].setdefault("schemas", {})
    schemas.update(Problem=_PROBLEM, FieldProblem=_FIELD_PROBLEM)
    for path, method, operation in _operations(result):
        for status in _statuses(path, method, operation, schemas):
            operation["responses"].setdefault(status, _response(status))
    return result


def declare_headers(result: Any, generator: Any, request: Any, public: bool) -> Any:
    """Add to every response the headers that tell what it is."""
    result["components"].setdefault("headers", {}).update(_HEADERS)
    for _, method, operation in _operations(result):
        for status, response in operation["responses"].items():
            names = _headers_of(status, method, _header_parameters(operation))
            response.setdefault("headers", {}).update({name: _reference("headers", name) for name in names})
    return result


def say_in_words(result: Any, generator: Any, request: Any, public: bool) -> Any:
    """Describe parameters and answers that nobody has described."""
    for _, _, operation in _operations(result):
        for parameter in operation.get("parameters", ()):
            if parameter["in"] == "path":
                parameter["description"] = _PATH_WORDS.get(parameter["name"], "As a list or another answer tells it")
        for status, response in operation["responses"].items():
            response["description"] = response.get("description") or _SUCCESSES.get(status, "")
    return result


def share_problem_responses(result: Any, generator: Any, request: Any, public: bool) -> Any:
    """Say once what many operations answer alike."""
    shared = result["components"].setdefault("responses", {})
    for _, _, operation in _operations(result):
        for status, response in operation["responses"].items():
            if status >= "300" and shared.setdefault(f"Problem{status}", response) == response:
                operation["responses"][status] = _reference("responses", f"Problem{status}")
    return result


def _operations(result: Any) -> Iterator[tuple[str, str, Any]]:
    for path, methods in result["paths"].items():
        for method, operation in methods.items():
            if method in METHODS:
                yield path, method, operation


def _statuses(path: str, method: str, operation: Any, schemas: Any) -> list[str]:
    headers = _header_parameters(operation)
    takes_query = any(parameter["in"] == "query" for parameter in operation.get("parameters", ()))
    takes_body = "requestBody" in operation
    possible = {
        "304": "If-None-Match" in headers,
        "400": takes_query or takes_body or "{" in path or "Idempotency-Key" in headers,
        "401": True,
        "403": True,
        "404": "{" in path or _names_a_camera(operation, schemas),
        "406": True,
        "409": method in _WRITES,
        "412": "If-Match" in headers,
        "413": takes_body,
        "414": True,
        "415": takes_body,
        "422": "Idempotency-Key" in headers,
        "428": "If-Match" in headers and method != "post",
        "431": True,
    }
    return [status for status, may_be in possible.items() if may_be]


def _header_parameters(operation: Any) -> set[str]:
    return {parameter["name"] for parameter in operation.get("parameters", ()) if parameter["in"] == "header"}


def _headers_of(status: str, method: str, sent: set[str]) -> list[str]:
    told = {
        "X-Request-ID": True,
        "ETag": status in ("200", "304") and (("If-None-Match" in sent) or ("If-Match" in sent and method != "post")),
        "Location": status == "201",
        "Idempotency-Replayed": status < "300" and "Idempotency-Key" in sent,
        "WWW-Authenticate": status == "401",
    }
    return [name for name, is_told in told.items() if is_told]


def _names_a_camera(operation: Any, schemas: Any) -> bool:
    if any(parameter["name"] == "camera" for parameter in operation.get("parameters", ())):
        return True
    content = operation.get("requestBody", {}).get("content", {})
    names = [media["schema"].get("$ref", "").rpartition("/")[2] for media in content.values()]
    return any("camera" in schemas[name].get("properties", ()) for name in names if name)


def _response(status: str) -> dict[str, Any]:
    if status == "304":
        return {"description": _REASONS[status]}
    kinds = [kind for kind in every_kind() if str(kind.status) == status]
    types = ", ".join(f"`{kind.name}`" for kind in kinds)
    example = {
        "type": f"urn:vms:problem:{kinds[0].name}",
        "title": kinds[0].title,
        "status": int(status),
        "detail": f"{kinds[0].title}.",
        "request_id": "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
    }
    return {
        "description": f"{_REASONS[status]}. Types: {types}.",
        "content": {CONTENT_TYPE: {"schema": _reference("schemas", "Problem"), "example": example}},
    }


def _reference(kind: str, name: str) -> dict[str, str]:
    return {"$ref": f"#/components/{kind}/{name}"}
