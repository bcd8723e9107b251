"""Staff pages: recordings, tiers, policies, interruptions."""

from django.contrib import admin

from accounts.audited_admin import ReadOnlyAdmin
from recordings.models import Interruption, Recording, RecordingLocation, RecordingPolicy, StorageTier


@admin.register(StorageTier)
class StorageTierAdmin(ReadOnlyAdmin[StorageTier]):
    """Where footage lies."""

    list_display = ("name", "kind", "node", "root")
    list_select_related = ("node",)


@admin.register(RecordingPolicy)
class RecordingPolicyAdmin(ReadOnlyAdmin[RecordingPolicy]):
    """When cameras are recorded; the portal's pages change it."""

    list_display = ("camera", "mode", "source")
    list_filter = ("mode", "source")
    list_select_related = ("camera",)
    search_fields = ("camera__name", "camera__public_id")


class LocationInline(admin.TabularInline[RecordingLocation, Recording]):
    """Where the bytes are."""

    model = RecordingLocation
    extra = 0
    can_delete = False
    readonly_fields = ("tier", "path", "state")


@admin.register(Recording)
class RecordingAdmin(ReadOnlyAdmin[Recording]):
    """Recordings. Nothing is deleted here: only retention deletes footage."""

    list_display = ("started_at", "ended_at", "camera", "size_bytes", "video_codec", "end_cause")
    list_filter = ("end_cause",)
    list_select_related = ("camera",)
    search_fields = ("camera__name", "camera__public_id", "id")
    date_hierarchy = "started_at"
    inlines = (LocationInline,)


@admin.register(Interruption)
class InterruptionAdmin(ReadOnlyAdmin[Interruption]):
    """Why footage is missing."""

    list_display = ("at", "camera", "cause", "detail")
    list_filter = ("cause",)
    list_select_related = ("camera",)
    search_fields = ("camera__name", "camera__public_id")
