"""What exactly changed in a row, field by field, and who changed it, beside what the verbs say in the audit.

django-auditlog compares rows as they are saved. It asks nobody who did it: that is told here, from the request being
served, whichever door it came through. `update()` and `bulk_create()` pass it by, so verbs that use them carry before
and after in their own audit entry.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from auditlog.models import LogEntry
from auditlog.registry import auditlog
from django.db.models import Model, QuerySet
from django.db.models.signals import pre_save
from django.dispatch import receiver

from accounts import audit
from accounts.models import AuditEntry, User

_NEVER: Final = ("password", "digest", "previous_digest", "secret", "previous_secret")
"""Fields that are kept out whatever their row is."""
_MOST = 100


def keep_diffs(model: type[Model], *, leave_out: Sequence[str] = (), many: Sequence[str] = ()) -> None:
    """From now on, write down how rows of a model change. Call once, when apps are ready.

    `leave_out` names fields that the product writes by itself, or that hold secrets; `many` names many-to-many fields.
    """
    if not auditlog.contains(model):
        auditlog.register(model, exclude_fields=[*_NEVER, *leave_out], m2m_fields=set(many))


@receiver(pre_save, sender=LogEntry, dispatch_uid="accounts.model_diffs")
def say_who(sender: type[LogEntry], instance: LogEntry, **kwargs: Any) -> None:
    """Put the person, the address, the door and the token of the request being served on a diff."""
    came_from = audit.origin()
    user = getattr(came_from.request, "user", None)
    if isinstance(user, User):
        instance.actor, instance.actor_email = user, user.email
    token = came_from.token or getattr(user, "through", None)
    instance.remote_addr = came_from.address
    instance.additional_data = {"door": came_from.door, "token": token.pk if token else None}


def diffs_of_request(request_id: str) -> QuerySet[LogEntry]:
    """All that changed during a request, in order; the first hundred rows."""
    found: QuerySet[LogEntry] = (
        LogEntry.objects.filter(cid=request_id).select_related("content_type").order_by("pk")[:_MOST]
    )
    return found


def diffs_of_targets(entries: Iterable[AuditEntry]) -> dict[int, list[LogEntry]]:
    """For entries by their number: how the row that each is about changed during its request. One query for all."""
    asked = [entry for entry in entries if entry.request_id and entry.target_id]
    found = LogEntry.objects.filter(
        cid__in={entry.request_id for entry in asked}, object_pk__in={entry.target_id for entry in asked}
    )
    found = found.select_related("content_type").order_by("pk")[: _MOST + 10 * len(asked)]
    by_target: dict[tuple[str | None, str, str], list[LogEntry]] = {}
    for diff in found:
        by_target.setdefault((diff.cid, type_of(diff), diff.object_pk), []).append(diff)
    return {entry.pk: by_target.get((entry.request_id, entry.target_type, entry.target_id), []) for entry in asked}


def type_of(diff: LogEntry) -> str:
    """The kind of row that changed, as audit entries name it: `cameras.camera`."""
    return f"{diff.content_type.app_label}.{diff.content_type.model}"


def told(diff: LogEntry) -> dict[str, Any]:
    """A diff in words: which row, what became of it (create, update, delete), and its fields before and after."""
    return {
        "target_type": type_of(diff),
        "target_id": diff.object_pk,
        "target_label": diff.object_repr,
        "action": diff.get_action_display(),
        "changed": fields_of(diff),
    }


def fields_of(diff: LogEntry) -> list[dict[str, Any]]:
    """What a diff says: `field`, `before`, `after`; of many-to-many fields, `after` lists who came and `before` who went."""
    return [_field(name, change) for name, change in sorted((diff.changes or {}).items())]


def _field(name: str, change: Any) -> dict[str, Any]:
    if isinstance(change, dict):
        others = ", ".join(change["objects"])
        came = change["operation"] == "add"
        return {"field": name, "before": None if came else others, "after": others if came else None}
    before, after = (None if value == "None" else value for value in change)
    return {"field": name, "before": before, "after": after}
