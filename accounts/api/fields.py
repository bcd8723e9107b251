"""Fields that every app's API shares."""

import re
from datetime import UTC, datetime
from typing import Any

from django.utils import timezone
from rest_framework import serializers

_UNESCAPED_PLUS = re.compile(r" (?=\d\d:?\d\d$)")


class Instant(serializers.DateTimeField):
    """An instant: ISO 8601 in UTC with milliseconds. One that comes in may have any time zone, but must have one."""

    default_error_messages = {
        "invalid": "Write an ISO 8601 instant, for example 2030-01-31T12:00:00.000Z.",
        "no_time_zone": "The instant has no time zone. End it with Z for UTC.",
    }

    def to_internal_value(self, value: Any) -> datetime:
        """Read it; in a query string, a + that was not escaped has arrived as a space."""
        text = _UNESCAPED_PLUS.sub("+", value) if isinstance(value, str) else value
        return super().to_internal_value(text)

    def enforce_timezone(self, value: datetime) -> datetime:
        """Refuse an instant that could be anybody's noon."""
        if timezone.is_naive(value):
            self.fail("no_time_zone")
        try:
            return value.astimezone(UTC)
        except OverflowError:
            self.fail("overflow")

    def to_representation(self, value: datetime) -> str:
        """`2030-01-31T12:00:00.000Z`."""
        return format_instant(value)


class _OnlyText:
    """A number is no text, whatever it would look like as one: what the schema calls a string is one."""

    def to_internal_value(self, data: Any) -> str:
        """The text. Raises ValidationError."""
        if not isinstance(data, str):
            self.fail("invalid")  # type: ignore[attr-defined]
        text: str = super().to_internal_value(data)  # type: ignore[misc]
        return text


class Text(_OnlyText, serializers.CharField):
    """Text."""


class EmailText(_OnlyText, serializers.EmailField):
    """An e-mail address."""


class SlugText(_OnlyText, serializers.SlugField):
    """Letters, digits, hyphens and underscores."""


class UrlText(_OnlyText, serializers.URLField):
    """An address."""


class WholeNumber(serializers.IntegerField):
    """A whole number, as JSON writes one."""

    def to_internal_value(self, data: Any) -> int:
        """The number. Raises ValidationError."""
        if isinstance(data, str | bool):
            self.fail("invalid")
        return super().to_internal_value(data)


class Truth(serializers.BooleanField):
    """`true` or `false`, as JSON writes them."""

    def to_internal_value(self, data: Any) -> bool:
        """The truth value. Raises ValidationError."""
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


def format_instant(value: datetime) -> str:
    """An aware instant as the API writes it."""
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class EmptyNamesNothing(serializers.Field[Any, Any, Any, Any]):
    """Of a field that names a row: an empty text is a wrong name. DRF takes it for null, and would withdraw what is there."""

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """The row. Raises ValidationError."""
        return serializers.Field.run_validation(self, data)


class VisibleRelatedField(EmptyNamesNothing, serializers.PrimaryKeyRelatedField[Any]):
    """A row by its number, of those that the caller may know of; others do not exist."""

    default_error_messages = {
        "does_not_exist": "There is no {pk_value}, or you may not see it.",
        "incorrect_type": "Write its number.",
    }

    def to_internal_value(self, data: Any) -> Any:
        """The row. Raises ValidationError."""
        if isinstance(data, str | float):
            self.fail("incorrect_type", data_type=type(data).__name__)
        return super().to_internal_value(data)

    def get_queryset(self) -> Any:
        """The rows that may be named."""
        rows: Any = super().get_queryset()
        return rows.visible_to(self.context["request"].user)
