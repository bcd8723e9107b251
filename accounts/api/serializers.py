"""The base of the API's serializers."""

from typing import Any, ClassVar, TypeVar

from django.db import models
from rest_framework import serializers

from accounts.api.fields import EmailText, Instant, SlugText, Text, Truth, UrlText, WholeNumber

Row = TypeVar("Row", bound=models.Model)


_GREATEST = {models.SmallIntegerField: 2**15 - 1, models.BigIntegerField: 2**63 - 1, models.IntegerField: 2**31 - 1}


class RowSerializer(serializers.ModelSerializer[Row]):
    """The shape of a row, with instants as the API writes them. Rows are written by verbs, never by `save`."""

    serializer_field_mapping: ClassVar[Any] = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.DateTimeField: Instant,
        models.CharField: Text,
        models.TextField: Text,
        models.EmailField: EmailText,
        models.SlugField: SlugText,
        models.URLField: UrlText,
        models.IntegerField: WholeNumber,
        models.PositiveIntegerField: WholeNumber,
        models.PositiveSmallIntegerField: WholeNumber,
        models.BooleanField: Truth,
    }

    def build_standard_field(
        self, field_name: str, model_field: Any
    ) -> tuple[type[serializers.Field[Any, Any, Any, Any]], dict[str, Any]]:
        """As usual, but a whole number is as great as PostgreSQL keeps it: on SQLite the API is the same API."""
        kind, facts = super().build_standard_field(field_name, model_field)
        greatest = next((limit for column, limit in _GREATEST.items() if isinstance(model_field, column)), None)
        if greatest is not None and "max_value" in facts:
            facts["max_value"] = min(facts["max_value"], greatest)
        return kind, facts
