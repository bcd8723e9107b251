"""The base of every admin page in the house: rows are changed by verbs and audited, history is read-only.

Pages stay quick when tables are long: no select box lists a whole table, no list queries once per row, and what is done to
many rows at once is bounded.
"""

import logging
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, TypeVar

from django.contrib import admin, messages
from django.contrib.admin.views.main import ERROR_FLAG
from django.contrib.admin.widgets import ForeignKeyRawIdWidget
from django.core.exceptions import ValidationError
from django.db import DataError, transaction
from django.db.models import ForeignKey, Model, URLField
from django.http import HttpRequest, HttpResponseRedirect
from django.template.response import TemplateResponse

from accounts import audit
from accounts.audit import actor_of
from accounts.choices import AuditVerb
from accounts.delegation import ChangeRefused
from accounts.scopes import Scope

logger = logging.getLogger(__name__)
Row = TypeVar("Row", bound=Model)
MOST_AT_ONCE = 200


class AuditedModelAdmin(admin.ModelAdmin[Row]):
    """An admin page whose every change leaves an audit entry: the verb's own, or one naming the changed fields.

    `read_scope` and `write_scope` are what the page asks for beside `admin:access`; `refusals` are exceptions of verbs
    that are told to the person. A foreign key is a number with a look-up, unless `autocomplete_fields` searches it.
    """

    list_per_page = 50
    show_full_result_count = False
    formfield_overrides: ClassVar[Any] = {URLField: {"assume_scheme": "https"}}
    read_scope: ClassVar[Scope] = Scope.ADMIN_ACCESS
    write_scope: ClassVar[Scope] = Scope.ADMIN_ACCESS
    refusals: ClassVar[tuple[type[Exception], ...]] = (ChangeRefused, ValidationError)

    def has_view_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        """Whether the person may see such rows."""
        return super().has_view_permission(request, obj) and actor_of(request).has_scope(self.read_scope)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Whether the page is listed."""
        return super().has_module_permission(request) and actor_of(request).has_scope(self.read_scope)

    def has_write_permission(self, request: HttpRequest) -> bool:
        """Whether the person may change such rows; actions ask by this name, too."""
        return bool(request.user.is_staff) and actor_of(request).has_scope(self.write_scope)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Whether the person may add rows."""
        return super().has_add_permission(request) and self.has_write_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        """Whether the person may change rows."""
        return super().has_change_permission(request, obj) and self.has_write_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        """Whether the person may delete rows."""
        return super().has_delete_permission(request, obj) and self.has_write_permission(request)

    def get_queryset(self, request: HttpRequest) -> Any:
        """The rows that the person may know of."""
        rows: Any = super().get_queryset(request)
        return rows.visible_to(request.user) if hasattr(rows, "visible_to") else rows

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """The list. A value that the database cannot look for (an address `x`) is a wrong filter, as Django calls others."""
        try:
            answer = super().changelist_view(request, extra_context)
            return answer.render() if isinstance(answer, TemplateResponse) else answer
        except (DataError, ValueError, OverflowError):
            if request.method != "GET" or not request.GET or ERROR_FLAG in request.GET:
                raise
            logger.warning("no filter of %s", request.path, exc_info=True)
            self.message_user(request, "Rows cannot be narrowed by that value. These are all.", messages.WARNING)
            return HttpResponseRedirect(f"{request.path}?{ERROR_FLAG}=1")

    def formfield_for_foreignkey(self, db_field: "ForeignKey[Any, Any]", request: HttpRequest, **kwargs: Any) -> Any:
        """Never a list of all rows to choose from."""
        if db_field.name not in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", ForeignKeyRawIdWidget(db_field.remote_field, self.admin_site))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """The form. When a verb refuses, the same form with its words."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except self.refusals as error:
            request.META[_REFUSAL] = _words(error)
            return super().changeform_view(request, object_id, form_url, extra_context)

    def get_form(self, request: HttpRequest, obj: Row | None = None, change: bool = False, **kwargs: Any) -> Any:
        """The form's class; after a refusal, one that is never valid and says why."""
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        words = request.META.get(_REFUSAL)
        return type(form)("Refused", (form,), {"clean": lambda self: self.add_error(None, words)}) if words else form

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None) -> Any:
        """Asks, and deletes. When a verb refuses, back to the row with its words."""
        try:
            return super().delete_view(request, object_id, extra_context)
        except self.refusals as error:
            self.message_user(request, _words(error), messages.ERROR)
            return HttpResponseRedirect("../change/")

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[Any]]:
        """The rows themselves. What hangs on them may be a whole table; whether they may go, verbs decide."""
        rows = [str(row) for row in objs[:MOST_AT_ONCE]]
        return list(rows), {str(self.opts.verbose_name_plural): len(rows)}, set(), []

    def save_model(self, request: HttpRequest, obj: Row, form: Any, change: bool) -> None:
        """Save, then say who changed which fields. Rows that verbs change override this and call the verb."""
        super().save_model(request, obj, form, change)
        audit.record(
            actor=actor_of(request),
            verb=AuditVerb.ADMIN_CHANGED,
            target=obj,
            fields=sorted(form.changed_data),
            created=not change,
        )

    def delete_model(self, request: HttpRequest, obj: Row) -> None:
        """Say who deleted the row, then delete it."""
        audit.record(actor=actor_of(request), verb=AuditVerb.ADMIN_CHANGED, target=obj, deleted=True)
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        """Delete one by one, each by its verb, so that each deletion is audited."""
        self.carry_out_on(request, queryset, lambda row: self.delete_model(request, row), "{} deleted.")

    def carry_out_on(self, request: HttpRequest, rows: Any, verb: Callable[[Row], object], words: str) -> None:
        """Call a verb on every chosen row, and tell how often that was done and what was refused."""
        chosen: Sequence[Row] = list(rows[: MOST_AT_ONCE + 1])
        if len(chosen) > MOST_AT_ONCE:
            self.message_user(request, f"Choose at most {MOST_AT_ONCE} rows at once.", messages.ERROR)
            return
        done = sum(self._is_carried_out(request, row, verb) for row in chosen)
        if done:
            self.message_user(request, words.format(done), messages.SUCCESS)

    def _is_carried_out(self, request: HttpRequest, row: Row, verb: Callable[[Row], object]) -> bool:
        try:
            with transaction.atomic():
                verb(row)
        except self.refusals as error:
            self.message_user(request, f"{row}: {_words(error)}", messages.ERROR)
            return False
        return True


class ReadOnlyAdmin(AuditedModelAdmin[Row]):
    """An admin page for rows that the product writes and people only read, or change by actions."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody adds such rows by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        """Nobody changes such rows by hand."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        """Nobody deletes such rows by hand."""
        return False


_REFUSAL = "vms.refusal"


def _words(error: Exception) -> str:
    return " ".join(error.messages) if isinstance(error, ValidationError) else str(error)
