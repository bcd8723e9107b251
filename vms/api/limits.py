"""What the schema says about limits: how a caller stands, in every answer, and what one too many is answered with."""

from typing import Any

from vms.api.errors import CONTENT_TYPE

_WHOLE = {"type": "integer", "minimum": 0}
_HEADERS = {
    "RateLimit-Limit": {
        "description": "Requests a minute that the limit allows which leaves least. Absent where nothing is limited.",
        "schema": _WHOLE,
    },
    "RateLimit-Remaining": {"description": "How many of them are left", "schema": _WHOLE},
    "RateLimit-Reset": {"description": "Seconds until all of them are back", "schema": _WHOLE},
    "RateLimit-Policy": {"description": "`limit;w=seconds`", "schema": {"type": "string", "example": "600;w=60"}},
    "Retry-After": {"description": "Seconds to wait before asking again", "schema": {**_WHOLE, "minimum": 1}},
}
_TOLD_ALWAYS = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "RateLimit-Policy")
_REFUSALS = {"429": "Too many requests in a minute", "503": "Requests cannot be counted at the moment"}


def declare_limits(result: Any, generator: Any, request: Any, public: bool) -> Any:
    """Add 429 and 503 to every operation, and to every response the fields of draft-ietf-httpapi-ratelimit-headers-06."""
    result["components"].setdefault("headers", {}).update(_HEADERS)
    for methods in result["paths"].values():
        for operation in methods.values():
            for status, reason in _REFUSALS.items():
                operation["responses"].setdefault(status, _refusal(reason))
            for response in operation["responses"].values():
                response.setdefault("headers", {}).update({name: _header(name) for name in _TOLD_ALWAYS})
    return result


def _refusal(reason: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        "description": reason,
        "headers": {"Retry-After": _header("Retry-After")},
        "content": {CONTENT_TYPE: {"schema": schema}},
    }


def _header(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/headers/{name}"}
