"""What the schema says beyond the code: the problems an operation may answer with."""

from typing import Any

from vms.api.errors import CONTENT_TYPE

_PROBLEM = {
    "type": "object",
    "description": "What went wrong (RFC 9457).",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri", "example": "urn:vms:problem:invalid"},
        "title": {"type": "string", "description": "The kind of problem, in words"},
        "status": {"type": "integer", "description": "The HTTP status"},
        "detail": {"type": "string", "description": "This problem, in words"},
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
        },
        "code": {"type": "string"},
        "message": {"type": "string"},
    },
}
_REASONS = {
    "400": "What was sent is not right",
    "401": "Nobody is signed in",
    "403": "The caller's role does not allow this",
    "404": "There is no such thing, or the caller may not see it",
    "409": "Its state does not allow this",
    "415": "The body is not JSON",
}
_WRITES = frozenset({"post", "put", "patch", "delete"})


def declare_problem_responses(result: Any, generator: Any, request: Any, public: bool) -> Any:
    """Add to every operation the problems that it may answer with."""
    schemas = result["components"].setdefault("schemas", {})
    schemas.update(Problem=_PROBLEM, FieldProblem=_FIELD_PROBLEM)
    for path, methods in result["paths"].items():
        for method, operation in methods.items():
            for status in _statuses(path, method, operation, schemas):
                operation["responses"][status] = _response(status)
    return result


def require_what_is_always_told(result: Any, generator: Any, request: Any, public: bool) -> Any:
    """Every property of an answer is there, if only as null; only bodies that are sent may leave some out."""
    for name, schema in result["components"]["schemas"].items():
        if not name.endswith("Request") and "properties" in schema:
            schema["required"] = sorted(schema["properties"])
    return result


def _statuses(path: str, method: str, operation: Any, schemas: Any) -> list[str]:
    takes_query = any(parameter["in"] == "query" for parameter in operation.get("parameters", ()))
    takes_body = "requestBody" in operation
    possible = {
        "400": takes_query or takes_body,
        "401": True,
        "403": True,
        "404": "{" in path or _names_a_camera(operation, schemas),
        "409": method in _WRITES,
        "415": takes_body,
    }
    return [status for status, may_be in possible.items() if may_be]


def _names_a_camera(operation: Any, schemas: Any) -> bool:
    if any(parameter["name"] == "camera" for parameter in operation.get("parameters", ())):
        return True
    content = operation.get("requestBody", {}).get("content", {})
    names = [media["schema"].get("$ref", "").rpartition("/")[2] for media in content.values()]
    return any("camera" in schemas[name]["properties"] for name in names if name)


def _response(status: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": _REASONS[status], "content": {CONTENT_TYPE: {"schema": schema}}}
