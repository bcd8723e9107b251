"""The base of every viewset in the house: a lock by method, rows by visibility, edits and retries that do no harm."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.urls import NoReverseMatch
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.access import name_lock
from accounts.api.conditions import answer_of_read, carry_out_if_unchanged, entity_tag
from accounts.api.repeats import answer_to_repeat


class ScopedViewSet(GenericViewSet[Any]):
    """Names the scope each method needs, and starts every read from what the caller may see.

    PATCH changes; PUT is for the few resources that are replaced as a whole, which list it again. Single resources have
    an ETag, and their edits take If-Match. `answered_once` lists the actions that take an Idempotency-Key.
    """

    required_scopes: ClassVar[Mapping[str, str]]
    route_class = ""  # whose limit counts, if not that of reading or writing (accounts.api.throttles)
    answered_once: ClassVar[frozenset[str]] = frozenset({"create"})
    http_method_names = ["get", "post", "patch", "delete", "head", "options"]

    def get_queryset(self) -> QuerySet[Any]:
        """The rows this caller may know of; unknown and invisible rows are the same 404."""
        return super().get_queryset().visible_to(self.request.user)  # type: ignore[attr-defined,no-any-return]

    @classmethod
    def as_view(cls, actions: Any = None, **initkwargs: Any) -> Any:
        """The view, with its lock written on it."""
        locks = "+".join(sorted(set(cls.required_scopes.values())))
        return name_lock(super().as_view(actions, **initkwargs), f"scope:{locks}")

    @property
    def is_readable(self) -> bool:
        """Whether the request is about one row that a GET would answer with."""
        return bool(self.detail) and hasattr(self, "retrieve")

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """After the locks: put conditions and memory around the handler of a write."""
        super().initial(request, *args, **kwargs)
        name = str(request.method).lower()
        if request.method not in SAFE_METHODS and name in self.action_map:
            setattr(self, name, partial(self._with_conditions, getattr(self, name)))

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Name what was read or changed (ETag), and where what was made is found (Location)."""
        if isinstance(response, Response):
            if request.method in ("GET", "HEAD") and self.action == "retrieve" and self.detail:
                response = answer_of_read(response, request.headers.get("If-None-Match"))
            elif request.method in ("PUT", "PATCH") and self.is_readable and response.status_code == 200:
                response["ETag"] = entity_tag(response.data)
            elif self.action == "create" and response.status_code == 201:
                self._tell_location(response)
        return super().finalize_response(request, response, *args, **kwargs)

    def _with_conditions(
        self, handler: Callable[..., Response], request: Request, *args: Any, **kwargs: Any
    ) -> Response:
        call = partial(handler, request, *args, **kwargs)
        if self.action in self.answered_once:
            return answer_to_repeat(request, call)
        return carry_out_if_unchanged(self, call) if self.is_readable else call()

    def _tell_location(self, response: Response) -> None:
        name = (response.data or {}).get(self.lookup_field if self.lookup_field != "pk" else "id")
        try:
            response["Location"] = self.reverse_action("detail", args=[name], request=None)
        except NoReverseMatch:
            return  # what is made here cannot be read again, as a playback token
