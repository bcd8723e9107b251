"""Staff pages: nodes, keys, publishes."""

from django.contrib import admin

from accounts.audited_admin import AuditedModelAdmin, ReadOnlyAdmin
from streaming.models import MediaNode, PublishAttempt, PublishSession, StreamKey


@admin.register(MediaNode)
class MediaNodeAdmin(AuditedModelAdmin[MediaNode]):
    """Media nodes."""

    list_display = ("name", "region", "host", "state", "seen_at")
    readonly_fields = ("registered_at", "seen_at")
    search_fields = ("name", "host")


@admin.register(StreamKey)
class StreamKeyAdmin(ReadOnlyAdmin[StreamKey]):
    """Stream keys, without their secrets."""

    list_display = ("camera", "hint", "created_at", "expires_at", "revoked_at", "last_used_at")
    list_select_related = ("camera",)
    search_fields = ("camera__name", "camera__public_id", "hint")
    exclude = ("digest",)


@admin.register(PublishSession)
class PublishSessionAdmin(ReadOnlyAdmin[PublishSession]):
    """Publishes."""

    list_display = ("admitted_at", "camera", "node", "address", "state", "end_reason", "ended_at")
    list_filter = ("state", "end_reason")
    list_select_related = ("camera", "node")
    search_fields = ("camera__name", "camera__public_id", "address")


@admin.register(PublishAttempt)
class PublishAttemptAdmin(ReadOnlyAdmin[PublishAttempt]):
    """Refused publishes."""

    list_display = ("last_at", "presented_name", "camera", "cause", "address", "count")
    list_filter = ("cause",)
    list_select_related = ("camera",)
    search_fields = ("presented_name", "address")
