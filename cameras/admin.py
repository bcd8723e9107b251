"""Staff pages: sites, groups, grants, cameras."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from accounts.audit import actor_of
from accounts.audited_admin import AuditedModelAdmin, ReadOnlyAdmin
from cameras import places
from cameras.models import Camera, CameraGroup, Grant, Site, StatusChange


@admin.register(Site)
class SiteAdmin(AuditedModelAdmin[Site]):
    """Places with cameras."""

    list_display = ("name", "time_zone", "region")
    search_fields = ("name",)


@admin.register(CameraGroup)
class CameraGroupAdmin(AuditedModelAdmin[CameraGroup]):
    """The tree of groups; saving keeps the closure that grants are inherited by."""

    list_display = ("name", "parent")
    search_fields = ("name",)
    autocomplete_fields = ("parent",)

    def save_model(self, request: HttpRequest, obj: CameraGroup, form: Any, change: bool) -> None:
        """Save through the room, which keeps the closure and the audit."""
        if change:
            places.edit_group(obj, name=obj.name, parent=obj.parent, actor=actor_of(request))
        else:
            made = places.add_group(name=obj.name, parent=obj.parent, actor=actor_of(request))
            obj.pk = made.pk


@admin.register(Grant)
class GrantAdmin(AuditedModelAdmin[Grant]):
    """Who sees which site or group."""

    list_display = ("__str__", "user", "role", "user_group", "site", "group", "sight")
    list_select_related = ("user", "role", "user_group", "site", "group")
    list_filter = ("sight",)
    autocomplete_fields = ("user", "role", "user_group", "site", "group")

    def save_model(self, request: HttpRequest, obj: Grant, form: Any, change: bool) -> None:
        """Save, and have open pages of the people concerned, before and after, checked again."""
        before = Grant.objects.filter(pk=obj.pk).first()
        super().save_model(request, obj, form, change)
        for grant in filter(None, (before, obj)):
            places.recheck_sight(grant)

    def delete_model(self, request: HttpRequest, obj: Grant) -> None:
        """Withdraw through the room."""
        places.withdraw_view(obj, actor=actor_of(request))


@admin.register(Camera)
class CameraAdmin(ReadOnlyAdmin[Camera]):
    """Cameras, to look at; the portal's pages change them."""

    list_display = ("name", "serial_number", "public_id", "site", "group", "status", "active", "retired_at")
    list_filter = ("status", "active", "site")
    list_select_related = ("site", "group")
    search_fields = ("name", "serial_number", "public_id")


@admin.register(StatusChange)
class StatusChangeAdmin(ReadOnlyAdmin[StatusChange]):
    """When cameras went up and down."""

    list_display = ("at", "camera", "status", "cause")
    list_select_related = ("camera",)
    search_fields = ("camera__name", "camera__public_id")
