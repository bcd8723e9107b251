"""Reads the bodies of requests, up to a length that a view says."""

from typing import Any

from django.core.exceptions import RequestDataTooBig
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser
from rest_framework.request import Request

MOST_BYTES = 1_000_000


class BoundedJSON(JSONParser):
    """JSON of at most `most_body_bytes` of the view (a million, unless it says otherwise), and not nested without end."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        """The value. Raises RequestDataTooBig, ParseError."""
        refuse_long_body(parser_context["request"], parser_context["view"])
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            raise ParseError("The body is nested too deeply.") from error


def refuse_long_body(request: Request, view: Any) -> None:
    """Raise RequestDataTooBig when the body is longer than the view takes."""
    most = getattr(view, "most_body_bytes", MOST_BYTES)
    told = str(request.META.get("CONTENT_LENGTH") or "0")
    if not told.isdecimal() or int(told) > most:
        raise RequestDataTooBig(f"Send at most {most} bytes.")
