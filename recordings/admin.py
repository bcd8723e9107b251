"""Staff pages: recordings and where they lie, tiers, policies, interruptions."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.audit import actor_of
from accounts.audited_admin import ReadOnlyAdmin
from accounts.scopes import Scope
from cameras.audited_admin import OfCameraAdmin
from cameras.enrolment import CameraIsRetired
from recordings import policies
from recordings.choices import RecordingMode
from recordings.models import Interruption, Recording, RecordingLocation, RecordingPolicy, StorageTier


@admin.register(StorageTier)
class StorageTierAdmin(ReadOnlyAdmin[StorageTier]):
    """Where footage lies."""

    read_scope = Scope.NODES_READ
    list_display = ("name", "kind", "node", "root")
    list_filter = ("kind",)
    list_select_related = ("node",)
    search_fields = ("name", "root")


@admin.register(RecordingPolicy)
class RecordingPolicyAdmin(OfCameraAdmin[RecordingPolicy]):
    """When cameras are recorded; the portal's pages change it, too."""

    write_scope = Scope.RECORDINGS_WRITE
    refusals = (*OfCameraAdmin.refusals, CameraIsRetired)
    list_display = ("camera", "mode", "source")
    list_filter = ("mode", "source")
    search_fields = ("camera__name", "camera__public_id")
    actions = ("record", "stop_recording")

    @admin.action(description="Record continuously", permissions=["write"])
    def record(self, request: HttpRequest, queryset: QuerySet[RecordingPolicy]) -> None:
        """Begin."""
        self._set(request, queryset, RecordingMode.CONTINUOUS, "{} are recorded.")

    @admin.action(description="Do not record", permissions=["write"])
    def stop_recording(self, request: HttpRequest, queryset: QuerySet[RecordingPolicy]) -> None:
        """Stop. What is recorded stays."""
        self._set(request, queryset, RecordingMode.OFF, "{} are no longer recorded.")

    def _set(self, request: HttpRequest, rows: QuerySet[RecordingPolicy], mode: RecordingMode, words: str) -> None:
        actor = actor_of(request)
        self.carry_out_on(
            request,
            rows.select_related("camera"),
            lambda policy: policies.set_mode(policy.camera, mode, actor=actor),
            words,
        )


class LocationInline(admin.TabularInline[RecordingLocation, Recording]):
    """Where the bytes are."""

    model = RecordingLocation
    extra = 0
    can_delete = False
    readonly_fields = ("tier", "path", "state")


@admin.register(Recording)
class RecordingAdmin(OfCameraAdmin[Recording]):
    """Recordings. Nothing is deleted here: only retention deletes footage."""

    read_scope = Scope.RECORDINGS_READ
    list_display = ("started_at", "ended_at", "camera", "size_bytes", "video_codec", "end_cause")
    list_filter = ("started_at", "end_cause")
    search_fields = ("camera__name", "camera__public_id", "=id")
    date_hierarchy = "started_at"
    inlines = (LocationInline,)


@admin.register(RecordingLocation)
class RecordingLocationAdmin(OfCameraAdmin[RecordingLocation]):
    """Which tier holds which recording."""

    read_scope = Scope.RECORDINGS_READ
    camera_path = "recording__camera"
    list_display = ("recording", "tier", "path", "state")
    list_filter = ("state",)
    list_select_related: ClassVar[Any] = ("recording__camera", "tier")
    search_fields = ("path",)


@admin.register(Interruption)
class InterruptionAdmin(OfCameraAdmin[Interruption]):
    """Why footage is missing."""

    read_scope = Scope.RECORDINGS_READ
    list_display = ("at", "camera", "cause", "detail")
    list_filter = ("at", "cause")
    search_fields = ("camera__name", "camera__public_id")
    date_hierarchy = "at"
