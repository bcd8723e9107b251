"""Filters that every app's API shares. A value that makes no sense is told, never ignored."""

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django_filters import rest_framework as filters
from rest_framework.exceptions import ValidationError as FieldError

from accounts.api.fields import Instant


class InstantFormField(forms.CharField):
    """Reads an instant as the API's bodies do."""

    def clean(self, value: Any) -> datetime | None:
        """The instant. Raises ValidationError."""
        text = super().clean(value)
        try:
            return Instant().run_validation(text) if text else None
        except FieldError as error:
            raise ValidationError([str(message) for message in error.detail], code="invalid") from error


class InstantFilter(filters.IsoDateTimeFilter):
    """Compares with an instant."""

    field_class = InstantFormField


class SwitchFormField(forms.CharField):
    """Reads `true` or `false`, and nothing else."""

    def clean(self, value: Any) -> bool | None:
        """The truth value. Raises ValidationError."""
        text = super().clean(value)
        if text not in ("", "true", "false"):
            raise ValidationError("Write true or false.", code="invalid")
        return text == "true" if text else None


class Switch(filters.BooleanFilter):
    """Compares with true or false."""

    field_class = SwitchFormField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"widget": forms.TextInput, **kwargs})


class AddressFilter(filters.CharFilter):
    """Compares with an IPv4 or IPv6 address."""

    field_class = forms.GenericIPAddressField


class StableOrdering(filters.OrderingFilter):
    """Orders by what is asked, and rows that are equal by their number, so that pages do not overlap."""

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        """The rows in order."""
        ordered: QuerySet[Any] = super().filter(qs, value)
        return ordered.order_by(*ordered.query.order_by, "pk") if value else ordered
