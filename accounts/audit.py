"""The only writer of audit entries.

Verbs call `record` inside their transaction, so an entry exists exactly when the change does. Address, door and
request id come from the request being served, if there is one.
"""

from collections.abc import Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import Any, Final

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest, HttpResponseBase

from accounts import audit_chain
from accounts.addresses import client_address
from accounts.choices import AuditVerb, Door
from accounts.models import ApiToken, AuditEntry, UnsealedEntry, User


class System:
    """The actor of what nobody asked for: the clock, a media node, a worker."""

    def __str__(self) -> str:
        return "system"


SYSTEM: Final = System()
Actor = User | System


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the request being served came from."""

    door: Door = Door.SYSTEM
    address: str | None = None
    request_id: str = ""
    token: ApiToken | None = None
    request: HttpRequest | None = field(default=None, repr=False)


_NOWHERE: Final = Origin()
_origin: ContextVar[Origin | None] = ContextVar("audit_origin", default=None)


def origin() -> Origin:
    """Where what happens now comes from."""
    return _origin.get() or _NOWHERE


def request_id() -> str | None:
    """The id of the request being served; None outside of one."""
    return origin().request_id or None


def record(*, actor: Actor, verb: AuditVerb, target: Model | None = None, **data: Any) -> AuditEntry:
    """Append one entry. `data` must be JSON and must not hold secrets."""
    with transaction.atomic(savepoint=False):
        entry = AuditEntry.objects.create(**_facts(origin(), actor, verb, target, data))
        UnsealedEntry.objects.create(entry=entry)
    audit_chain.seal_soon()
    return entry


def record_many(*, actor: Actor, verb: AuditVerb, facts: Sequence[tuple[Model, dict[str, Any]]]) -> None:
    """Append an entry for each target with its data; in as many queries for a thousand as for one."""
    came_from = origin()
    entries = [AuditEntry(**_facts(came_from, actor, verb, target, data)) for target, data in facts]
    with transaction.atomic(savepoint=False):
        written = AuditEntry.objects.bulk_create(entries, batch_size=1000)
        UnsealedEntry.objects.bulk_create([UnsealedEntry(entry=entry) for entry in written], batch_size=1000)
    audit_chain.seal_soon()


def _facts(
    came_from: Origin, actor: Actor, verb: AuditVerb, target: Model | None, data: dict[str, Any]
) -> dict[str, Any]:
    return {
        "actor": actor if isinstance(actor, User) else None,
        "actor_label": str(actor)[:254],
        "verb": verb,
        "target_type": target._meta.label_lower if target is not None else "",
        "target_id": str(target.pk) if target is not None else "",
        "target_label": str(target)[:254] if target is not None else "",
        "data": data,
        "door": came_from.door,
        "token": came_from.token or getattr(actor, "through", None),
        "address": came_from.address,
        "request_id": came_from.request_id,
    }


def speaks_through(token: ApiToken) -> None:
    """Say that the request being served is a program's, with this API token."""
    _origin.set(replace(origin(), token=token))


def actor_of(request: HttpRequest) -> User:
    """The signed-in person behind a request that came through a lock. Raises PermissionDenied for a stranger."""
    if not isinstance(request.user, User):
        raise PermissionDenied("Sign in first.")
    return request.user


class AuditContextMiddleware:
    """Remembers where each request comes from for as long as it is served."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        token = _origin.set(
            Origin(
                _door_of(request.path), client_address(request), request.META.get("VMS_REQUEST_ID", ""), request=request
            )
        )
        try:
            return self.get_response(request)
        finally:
            _origin.reset(token)


def _door_of(path: str) -> Door:
    prefixes = (("/api/", Door.API), ("/admin/", Door.ADMIN), ("/internal/", Door.NODE))
    return next((door for prefix, door in prefixes if path.startswith(prefix)), Door.PAGE)
