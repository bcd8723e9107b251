"""Staff pages of what has happened. Nothing here can be changed."""

from auditlog.models import LogEntry
from django.contrib import admin

from accounts.audited_admin import ReadOnlyAdmin
from accounts.models import ApiCall, AuditEntry, AuditSeal, SignInAttempt, UnsealedEntry
from accounts.scopes import Scope


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin[AuditEntry]):
    """Who did what."""

    read_scope = Scope.AUDIT_READ
    list_display = ("at", "actor_label", "verb", "target_type", "target_label", "door", "address")
    list_filter = ("at", "door", "verb")
    search_fields = ("actor_label", "target_label", "target_id", "request_id")
    date_hierarchy = "at"


@admin.register(AuditSeal)
class AuditSealAdmin(ReadOnlyAdmin[AuditSeal]):
    """The chain that shows whether an entry was altered."""

    read_scope = Scope.AUDIT_READ
    list_display = ("number", "entry_id", "digest", "sealed_at")
    ordering = ("-number",)
    search_fields = ("=number", "digest")


@admin.register(UnsealedEntry)
class UnsealedEntryAdmin(ReadOnlyAdmin[UnsealedEntry]):
    """Entries that wait for their seal."""

    read_scope = Scope.AUDIT_READ
    list_display = ("entry_id",)
    search_fields = ("=entry__id",)


@admin.register(LogEntry)
class ModelDiffAdmin(ReadOnlyAdmin[LogEntry]):
    """Which fields of which row changed."""

    read_scope = Scope.AUDIT_READ
    list_display = ("timestamp", "actor_email", "action", "content_type", "object_repr", "remote_addr")
    list_filter = ("timestamp", "action")
    list_select_related = ("content_type",)
    search_fields = ("object_repr", "object_pk", "actor_email", "cid")
    exclude = ("serialized_data",)


@admin.register(ApiCall)
class ApiCallAdmin(ReadOnlyAdmin[ApiCall]):
    """Requests to the API."""

    read_scope = Scope.USAGE_READ
    list_display = ("at", "method", "route", "status", "duration_us", "user", "token", "address")
    list_filter = ("at", "method")
    list_select_related = ("user", "token")
    search_fields = ("route", "address", "request_id")


@admin.register(SignInAttempt)
class SignInAttemptAdmin(ReadOnlyAdmin[SignInAttempt]):
    """Attempts to sign in."""

    read_scope = Scope.AUDIT_READ
    list_display = ("at", "email", "method", "outcome", "door", "address", "country")
    list_filter = ("at", "outcome", "method", "door")
    search_fields = ("email", "address", "network")
    date_hierarchy = "at"
