"""Staff pages: nodes, keys, publishes."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.audit import actor_of
from accounts.audited_admin import AuditedModelAdmin
from accounts.scopes import Scope
from cameras.audited_admin import OfCameraAdmin
from cameras.enrolment import CameraIsRetired
from streaming import ingest, nodes, stream_keys
from streaming.choices import NodeState
from streaming.models import MediaNode, PublishAttempt, PublishSession, StreamKey


@admin.register(MediaNode)
class MediaNodeAdmin(AuditedModelAdmin[MediaNode]):
    """Media nodes. They register themselves; here people say where they are reached, and whether they take cameras."""

    read_scope = Scope.NODES_READ
    write_scope = Scope.NODES_WRITE
    list_display = ("name", "region", "host", "state", "seen_at")
    list_filter = ("state", "region")
    readonly_fields = ("state", "registered_at", "seen_at")
    search_fields = ("name", "host")
    actions = ("drain", "take_cameras")

    def has_delete_permission(self, request: HttpRequest, obj: MediaNode | None = None) -> bool:
        """What was recorded through a node names it."""
        return False

    @admin.action(description="Drain: take no new cameras", permissions=["write"])
    def drain(self, request: HttpRequest, queryset: QuerySet[MediaNode]) -> None:
        """Those that publish there stay."""
        self._put_into(request, queryset, NodeState.DRAINING, "{} take no new cameras.")

    @admin.action(description="Take cameras", permissions=["write"])
    def take_cameras(self, request: HttpRequest, queryset: QuerySet[MediaNode]) -> None:
        """Open them again."""
        self._put_into(request, queryset, NodeState.ACTIVE, "{} take cameras.")

    def _put_into(self, request: HttpRequest, rows: QuerySet[MediaNode], state: NodeState, words: str) -> None:
        actor = actor_of(request)
        self.carry_out_on(request, rows, lambda node: nodes.edit_node(node, state=state, actor=actor), words)


@admin.register(StreamKey)
class StreamKeyAdmin(OfCameraAdmin[StreamKey]):
    """Stream keys, without their secrets."""

    write_scope = Scope.STREAM_KEYS_WRITE
    refusals = (*OfCameraAdmin.refusals, CameraIsRetired)
    list_display = ("camera", "hint", "temporary", "created_at", "expires_at", "revoked_at", "last_used_at")
    list_filter = ("temporary", ("revoked_at", admin.EmptyFieldListFilter), "created_at")
    search_fields = ("camera__name", "camera__public_id", "hint")
    exclude = ("digest",)
    actions = ("revoke",)

    @admin.action(description="Revoke", permissions=["write"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[StreamKey]) -> None:
        """End them; publishes that were begun with them end, too."""
        actor = actor_of(request)
        self.carry_out_on(request, queryset, lambda key: stream_keys.revoke_key(key, actor=actor), "{} revoked.")


@admin.register(PublishSession)
class PublishSessionAdmin(OfCameraAdmin[PublishSession]):
    """Publishes."""

    write_scope = Scope.STREAM_KEYS_WRITE
    list_display = ("admitted_at", "camera", "node", "address", "state", "end_reason", "ended_at")
    list_filter = ("admitted_at", "state", "end_reason")
    list_select_related: ClassVar[Any] = ("camera", "node")
    search_fields = ("camera__name", "camera__public_id", "address")
    date_hierarchy = "admitted_at"
    actions = ("cut",)

    @admin.action(description="End now", permissions=["write"])
    def cut(self, request: HttpRequest, queryset: QuerySet[PublishSession]) -> None:
        """Drop the connections. A camera that may publish comes back; its key, revoked, keeps it away."""
        actor = actor_of(request)
        rows = queryset.select_related("camera", "node")
        self.carry_out_on(request, rows, lambda session: ingest.cut_by_hand(session, actor=actor), "{} ended.")


@admin.register(PublishAttempt)
class PublishAttemptAdmin(OfCameraAdmin[PublishAttempt]):
    """Refused publishes."""

    list_display = ("last_at", "presented_name", "camera", "cause", "address", "count")
    list_filter = ("last_at", "cause")
    search_fields = ("presented_name", "address")
    date_hierarchy = "last_at"
