"""The base of every viewset in the house: a lock by method, and rows by visibility."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db.models import QuerySet
from rest_framework.viewsets import GenericViewSet

from accounts.access import name_lock


class ScopedViewSet(GenericViewSet[Any]):
    """Names the scope each method needs, and starts every read from what the caller may see.

    PATCH changes; PUT is for the few resources that are replaced as a whole, which list it again.
    """

    required_scopes: ClassVar[Mapping[str, str]]
    http_method_names = ["get", "post", "patch", "delete", "head", "options"]

    def get_queryset(self) -> QuerySet[Any]:
        """The rows this caller may know of; unknown and invisible rows are the same 404."""
        return super().get_queryset().visible_to(self.request.user)  # type: ignore[attr-defined,no-any-return]

    @classmethod
    def as_view(cls, actions: Any = None, **initkwargs: Any) -> Any:
        """The view, with its lock written on it."""
        locks = "+".join(sorted(set(cls.required_scopes.values())))
        return name_lock(super().as_view(actions, **initkwargs), f"scope:{locks}")
