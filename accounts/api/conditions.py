"""Edits that do not overwrite what somebody else has changed, and reads that are not sent twice (RFC 9110 section 13)."""

from collections.abc import Callable
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.http import parse_etags
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

_EDITS = frozenset({"PUT", "PATCH", "DELETE"})


class ChangedMeanwhile(Exception):
    """What is to be changed is not what the caller has read."""

    def __str__(self) -> str:
        return "It has changed since you read it. Read it again, and repeat the change if it is still wanted."


class ConditionMissing(Exception):
    """The setting API_EDITS_NEED_IF_MATCH wants every edit to say what it is based on."""

    def __str__(self) -> str:
        return "Send the header If-Match with the ETag that you got when you read it."


def entity_tag(representation: Any) -> str:
    """A strong validator: other bytes of the JSON, another tag."""
    return f'"{sha256(JSONRenderer().render(representation)).hexdigest()[:32]}"'


def carry_out_if_unchanged(view: GenericViewSet[Any], handler: Callable[[], Response]) -> Response:
    """Call the handler of an edit, unless `If-Match` names another state than the present one.

    The row stays locked from the comparison to the end of the edit, so nobody comes in between.
    Raises ChangedMeanwhile, ConditionMissing, Http404.
    """
    wanted = view.request.headers.get("If-Match")
    if wanted is None:
        if settings.API_EDITS_NEED_IF_MATCH and view.request.method in _EDITS:
            raise ConditionMissing
        return handler()
    with transaction.atomic():
        _lock(view.get_object())
        if not _names(wanted, entity_tag(_as_read(view))):
            raise ChangedMeanwhile
        return handler()


def answer_of_read(response: Response, if_none_match: str | None) -> Response:
    """Put the ETag on the answer to a GET; take the body away when the caller has it already (304)."""
    tag = entity_tag(response.data)
    response["ETag"] = tag
    if if_none_match is not None and _names(if_none_match.replace("W/", ""), tag):
        response.status_code = 304
        response.data = None
    return response


def _names(header: str, tag: str) -> bool:
    """Whether a list of entity tags, or `*`, holds the tag. A weak one is never equal to a strong one."""
    tags = parse_etags(header)
    return tags == ["*"] or tag in tags


def _lock(row: Any) -> None:
    """Hold the row until the transaction ends. Verbs lock it, too, so pages and tasks wait as well."""
    type(row)._base_manager.select_for_update(no_key=True).filter(pk=row.pk).first()


def _as_read(view: GenericViewSet[Any]) -> Any:
    """What a GET would answer now."""
    action, view.action = view.action, "retrieve"
    try:
        return view.retrieve(view.request, *view.args, **view.kwargs).data  # type: ignore[attr-defined]
    finally:
        view.action = action
