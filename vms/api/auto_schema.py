"""What the schema says of an operation because of the view behind it: conditions and keys for retries."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter

_IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    description="The ETag of what was read. When it has changed since, nothing is done and the answer is 412.",
)
_IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match",
    str,
    OpenApiParameter.HEADER,
    description="The ETag of what the caller has. When it is still the same, the answer is 304 without a body.",
)
_IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!#-~]+$"},
    OpenApiParameter.HEADER,
    description=(
        "A new UUID, say, for each new request. The same request sent again within a day gets the same answer, and is "
        "not carried out again."
    ),
)


class ConditionalSchema(AutoSchema):
    """Names the headers that `accounts.api.viewsets.ScopedViewSet` reads."""

    def get_override_parameters(self) -> list[Any]:
        """The headers of this operation, and what `extend_schema` names."""
        return [*super().get_override_parameters(), *self._headers()]

    def _headers(self) -> list[OpenApiParameter]:
        view: Any = self.view
        action = getattr(view, "action", None)
        if action in getattr(view, "answered_once", ()):
            return [_IDEMPOTENCY_KEY]
        if not getattr(view, "is_readable", False):
            return []
        if self.method == "GET":
            return [_IF_NONE_MATCH] if action == "retrieve" else []
        return [_IF_MATCH]
