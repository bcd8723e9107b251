"""Filters that every app's API shares. A value that makes no sense is told, never ignored."""

import re
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import QuerySet
from django_filters import rest_framework as filters
from rest_framework.exceptions import ValidationError as FieldError
from rest_framework.request import Request

from accounts.api.fields import Instant

# A + in an instant that was not escaped arrives as a blank.
_PLAIN = re.compile("[!-~]+(?: [!-~]+)*")


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


class FilterSet(filters.FilterSet):
    """What a list may be narrowed by. Truth values are `true` or `false`."""

    FILTER_DEFAULTS = {**filters.FilterSet.FILTER_DEFAULTS, models.BooleanField: {"filter_class": Switch}}


class ToldFilters(filters.DjangoFilterBackend):
    """Narrows lists. A parameter that a list does not have is told; a single row is named by its address alone."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        """The rows that fit. Raises ValidationError."""
        if view.detail:
            return queryset
        own = getattr(self.get_filterset(request, queryset, view), "filters", {})
        pager = view.paginator.get_schema_operation_parameters(view) if view.paginator else []
        known = {*own, *(parameter["name"] for parameter in pager), *getattr(view, "other_parameters", ())}
        wrong = dict.fromkeys(request.query_params.keys() - known, "There is no such parameter here.")
        wrong |= {name: fault for name in own if (fault := _fault_of(request.query_params.get(name), own[name]))}
        if wrong:
            raise FieldError(dict(sorted(wrong.items())), code="parameter")
        found: QuerySet[Any] = super().filter_queryset(request, queryset, view)
        return found


def _fault_of(asked: str | None, of_list: filters.Filter) -> str:
    """What is wrong with how a value is written, unless it is just text; of an order, with one of several.

    Forms take blanks away, and read digits of every script: the schema's numbers and instants have neither.
    """
    if asked is None or of_list.field_class is forms.CharField:
        return ""
    values = asked.split(",") if isinstance(of_list, filters.OrderingFilter) else [asked]
    if "" in values:
        return "Give it a value, or leave it out."
    is_plain = all(_PLAIN.fullmatch(value) for value in values)
    return "" if is_plain else "Write it in plain letters and digits, without blanks around it."


class AddressFilter(filters.CharFilter):
    """Compares with an IPv4 or IPv6 address."""

    field_class = forms.GenericIPAddressField


class StableOrdering(filters.OrderingFilter):
    """Orders by what is asked, and rows that are equal by their number, so that pages do not overlap."""

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        """The rows in order."""
        ordered: QuerySet[Any] = super().filter(qs, value)
        return ordered.order_by(*ordered.query.order_by, "pk") if value else ordered
