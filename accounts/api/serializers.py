"""The base of the API's serializers."""

from typing import Any, ClassVar, TypeVar

from django.db import models
from rest_framework import serializers

from accounts.api.fields import Instant

Row = TypeVar("Row", bound=models.Model)


class RowSerializer(serializers.ModelSerializer[Row]):
    """The shape of a row, with instants as the API writes them. Rows are written by verbs, never by `save`."""

    serializer_field_mapping: ClassVar[Any] = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.DateTimeField: Instant,
    }
