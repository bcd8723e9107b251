"""The base of every admin page in the house: changes are audited, history is read-only."""

from typing import Any, TypeVar

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from accounts import audit
from accounts.choices import AuditVerb

Row = TypeVar("Row", bound=Model)


class AuditedModelAdmin(admin.ModelAdmin[Row]):
    """An admin page whose every change leaves an audit entry naming the changed fields."""

    list_per_page = 50
    show_full_result_count = False

    def save_model(self, request: HttpRequest, obj: Row, form: Any, change: bool) -> None:
        """Save, then say who changed which fields."""
        super().save_model(request, obj, form, change)
        audit.record(
            actor=audit.actor_of(request),
            verb=AuditVerb.ADMIN_CHANGED,
            target=obj,
            fields=sorted(form.changed_data),
            created=not change,
        )

    def delete_model(self, request: HttpRequest, obj: Row) -> None:
        """Say who deleted the row, then delete it."""
        audit.record(actor=audit.actor_of(request), verb=AuditVerb.ADMIN_CHANGED, target=obj, deleted=True)
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        """Delete one by one, so that each deletion is audited."""
        for obj in queryset:
            self.delete_model(request, obj)


class ReadOnlyAdmin(AuditedModelAdmin[Row]):
    """An admin page for rows that the product writes and people only read."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody adds such rows by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        """Nobody changes such rows by hand."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        """Nobody deletes such rows by hand."""
        return False
