"""Attempts to sign in: shape, filters and viewset."""

from typing import Any, ClassVar

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins

from accounts.api.audit import ByInstant
from accounts.api.filters import AddressFilter, FilterSet, InstantFilter
from accounts.api.serializers import RowSerializer
from accounts.api.viewsets import ScopedViewSet
from accounts.models import SignInAttempt
from accounts.scopes import Scope


class SignInAttemptSerializer(RowSerializer[SignInAttempt]):
    """Somebody showed a password, a code, a passkey or an identity from elsewhere."""

    class Meta:
        model = SignInAttempt
        fields = ("id", "at", "email", "user", "method", "outcome", "door", "address", "country", "user_agent")
        extra_kwargs: ClassVar = {
            "email": {"help_text": "As it was entered"},
            "user": {"help_text": "Whom it belongs to, if anybody"},
            "country": {"help_text": "ISO 3166-1 alpha-2; empty where nobody can tell"},
        }


class SignInAttemptFilterSet(FilterSet):
    """Whose, how, what came of it, from where, when."""

    email = filters.CharFilter(method="by_email", max_length=254, help_text="The e-mail address that was entered")
    user = filters.NumberFilter(field_name="user_id", help_text="The number of a person")
    address = AddressFilter(help_text="The address it came from")
    country = filters.CharFilter(max_length=2, help_text="ISO 3166-1 alpha-2")
    after = InstantFilter(field_name="at", lookup_expr="gte", help_text="At this instant or later")
    before = InstantFilter(field_name="at", lookup_expr="lt", help_text="Before this instant")

    class Meta:
        model = SignInAttempt
        fields = ("email", "user", "method", "outcome", "door", "address", "country", "after", "before")

    def by_email(self, queryset: Any, name: str, value: str) -> Any:
        """Attempts with this address; they are kept in small letters."""
        return queryset.filter(email=value.lower())


@extend_schema(tags=["audit"])
@extend_schema_view(list=extend_schema(summary="List attempts to sign in"))
class SignInAttemptViewSet(mixins.ListModelMixin, ScopedViewSet):
    """Every attempt of people and of programs, and what came of it."""

    queryset = SignInAttempt.objects.all()
    serializer_class = SignInAttemptSerializer
    filterset_class = SignInAttemptFilterSet
    pagination_class = ByInstant
    required_scopes: ClassVar = {"GET": Scope.AUDIT_READ}
