"""The API's pages: numbered for lists that people keep, by cursor for what happens over time."""

import re
from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import CursorPagination, PageNumberPagination
from rest_framework.request import Request

DEFAULT_ROWS = 50
MOST_ROWS = 200
_LINK = {"type": ["string", "null"], "format": "uri"}
_WHOLE_NUMBER = re.compile(r"[1-9][0-9]{0,2}")
_PAGE = re.compile(r"[1-9][0-9]{0,8}")
_SIZE_TEXT = f"How many rows a page has, from 1 to {MOST_ROWS}; {DEFAULT_ROWS} unless told."


class NumberedPages(PageNumberPagination):
    """`?page=` from 1, and `?page_size=`."""

    page_size = DEFAULT_ROWS
    max_page_size = MOST_ROWS
    page_size_query_param = "page_size"
    page_size_query_description = _SIZE_TEXT
    page_query_description = "The number of the page, from 1."

    def get_page_size(self, request: Request) -> int:
        """The asked size. Raises ValidationError."""
        return _asked_size(request)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """The page's parameters, with their bounds."""
        return _bounded(super().get_schema_operation_parameters(view))

    def get_paginated_response_schema(self, schema: Any) -> dict[str, Any]:
        """The shape of a page."""
        return _page_schema({"count": {"type": "integer", "description": "Rows on all pages"}}, schema)

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> Any:
        """The rows of the asked page. Raises ValidationError when there is no such page."""
        try:
            if not _PAGE.fullmatch(request.query_params.get("page", "1")):
                raise NotFound
            return super().paginate_queryset(queryset, request, view)
        except NotFound as error:
            raise ValidationError({"page": "There is no such page."}, code="no_such_page") from error


class NewestFirst(CursorPagination):
    """`?cursor=` as the links `next` and `previous` tell it. A subclass names the instant in `ordering`.

    `?ordering=` turns the order round; a cursor belongs to the order that it was told in.
    """

    page_size = DEFAULT_ROWS
    max_page_size = MOST_ROWS
    page_size_query_param = "page_size"
    page_size_query_description = _SIZE_TEXT
    cursor_query_description = "Where the page begins, as told by `next` and `previous` of another page."

    def get_page_size(self, request: Request) -> int:
        """The asked size. Raises ValidationError."""
        return _asked_size(request)

    def get_ordering(self, request: Request, queryset: Any, view: Any) -> tuple[str, ...]:
        """The asked order. Raises ValidationError."""
        newest = self.ordering[0]
        asked = request.query_params.get("ordering", newest)
        if asked == newest:
            return tuple(self.ordering)
        if asked == newest.lstrip("-"):
            return tuple(name.lstrip("-") for name in self.ordering)
        message = f"Write {newest} for the newest first, or {newest.lstrip('-')} for the oldest first."
        raise ValidationError({"ordering": message}, code="invalid_choice")

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """The page's parameters, and the order."""
        newest = self.ordering[0]
        schema = {"type": "string", "enum": [newest, newest.lstrip("-")], "default": newest}
        words = "The newest first, unless told otherwise"
        order = {"name": "ordering", "in": "query", "required": False, "description": words, "schema": schema}
        return [*_bounded(super().get_schema_operation_parameters(view)), order]

    def get_paginated_response_schema(self, schema: Any) -> dict[str, Any]:
        """The shape of a page."""
        return _page_schema({}, schema)

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> Any:
        """The rows of the asked page. Raises ValidationError for a cursor that was not told by a page."""
        if request.query_params.get("cursor") == "":
            raise ValidationError({"cursor": "Give it a value, or leave it out."}, code="parameter")
        try:
            return super().paginate_queryset(queryset, request, view)
        except (NotFound, DjangoValidationError) as error:
            raise ValidationError({"cursor": "This is not a cursor of this list."}, code="bad_cursor") from error


def _asked_size(request: Request) -> int:
    text = request.query_params.get("page_size", str(DEFAULT_ROWS))
    if not _WHOLE_NUMBER.fullmatch(text) or int(text) > MOST_ROWS:
        raise ValidationError({"page_size": f"Write a whole number from 1 to {MOST_ROWS}."}, code="page_size")
    return int(text)


def _bounded(parameters: list[dict[str, Any]]) -> list[dict[str, Any]]:
    bounds = {"page": {"minimum": 1}, "page_size": {"minimum": 1, "maximum": MOST_ROWS, "default": DEFAULT_ROWS}}
    return [{**one, "schema": {**one["schema"], **bounds.get(one["name"], {})}} for one in parameters]


def _page_schema(facts: dict[str, Any], rows: Any) -> dict[str, Any]:
    properties = {**facts, "next": _LINK, "previous": _LINK, "results": rows}
    return {"type": "object", "required": list(properties), "properties": properties}
