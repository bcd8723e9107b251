"""Staff pages: sites, groups, grants, cameras, and which of them tokens reach."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.audit import actor_of
from accounts.audited_admin import AuditedModelAdmin, ReadOnlyAdmin
from accounts.scopes import Scope
from cameras import enrolment, places
from cameras.audited_admin import OfCameraAdmin
from cameras.enrolment import CameraIsRetired
from cameras.models import Camera, CameraGroup, Grant, Site, StatusChange, TokenReach
from cameras.places import PlaceIsInUse


class _PlaceAdmin(AuditedModelAdmin[Any]):
    """A place that is kept by the room of places."""

    read_scope = Scope.CAMERAS_READ
    write_scope = Scope.CAMERAS_WRITE
    refusals = (*AuditedModelAdmin.refusals, PlaceIsInUse)
    search_fields = ("name",)


@admin.register(Site)
class SiteAdmin(_PlaceAdmin):
    """Places with cameras."""

    list_display = ("name", "time_zone", "region")
    list_filter = ("region",)

    def save_model(self, request: HttpRequest, obj: Site, form: Any, change: bool) -> None:
        """Add it, or change what was changed."""
        facts, actor = form.cleaned_data, actor_of(request)
        if change:
            places.edit_site(Site.objects.get(pk=obj.pk), actor=actor, **facts)
        else:
            obj.pk = places.add_site(actor=actor, **facts).pk

    def delete_model(self, request: HttpRequest, obj: Site) -> None:
        """Remove it, if no camera is at it."""
        places.remove_site(obj, actor=actor_of(request))


@admin.register(CameraGroup)
class CameraGroupAdmin(_PlaceAdmin):
    """The tree of groups; saving keeps the closure that grants are inherited by."""

    list_display = ("name", "parent")
    list_select_related = ("parent",)
    autocomplete_fields = ("parent",)

    def save_model(self, request: HttpRequest, obj: CameraGroup, form: Any, change: bool) -> None:
        """Save through the room, which keeps the closure and the audit."""
        if change:
            places.edit_group(obj, name=obj.name, parent=obj.parent, actor=actor_of(request))
        else:
            obj.pk = places.add_group(name=obj.name, parent=obj.parent, actor=actor_of(request)).pk

    def delete_model(self, request: HttpRequest, obj: CameraGroup) -> None:
        """Remove it, if neither camera nor group is in it."""
        places.remove_group(obj, actor=actor_of(request))


@admin.register(Grant)
class GrantAdmin(AuditedModelAdmin[Grant]):
    """Who sees which site or group. To whom and on what stays; how much it shows can be changed."""

    read_scope = Scope.MEMBERS_READ
    write_scope = Scope.MEMBERS_WRITE
    list_display = ("id", "user", "role", "user_group", "site", "group", "sight")
    list_select_related = ("user", "role", "user_group", "site", "group")
    list_filter = ("sight",)
    search_fields = ("user__email", "user__name", "role__label", "user_group__name", "site__name", "group__name")
    autocomplete_fields = ("user", "role", "user_group", "site", "group")

    def get_readonly_fields(self, request: HttpRequest, obj: Grant | None = None) -> tuple[str, ...]:
        """Another subject or place is another grant."""
        return ("user", "role", "user_group", "site", "group") if obj is not None else ()

    def save_model(self, request: HttpRequest, obj: Grant, form: Any, change: bool) -> None:
        """Grant, or change how much is shown."""
        facts, actor = form.cleaned_data, actor_of(request)
        if change:
            places.edit_sight(Grant.objects.get(pk=obj.pk), sight=facts["sight"], actor=actor)
        else:
            obj.pk = places.grant_view(actor=actor, **facts).pk

    def delete_model(self, request: HttpRequest, obj: Grant) -> None:
        """Withdraw through the room."""
        places.withdraw_view(obj, actor=actor_of(request))


@admin.register(Camera)
class CameraAdmin(ReadOnlyAdmin[Camera]):
    """Cameras, to look at and to take out of use; the portal's pages change them."""

    read_scope = Scope.CAMERAS_READ
    write_scope = Scope.CAMERAS_WRITE
    refusals = (*ReadOnlyAdmin.refusals, CameraIsRetired)
    list_display = ("name", "serial_number", "public_id", "site", "group", "status", "active", "retired_at")
    list_filter = ("status", "active", ("retired_at", admin.EmptyFieldListFilter))
    list_select_related = ("site", "group")
    search_fields = ("name", "serial_number", "public_id", "site__name", "group__name")
    actions = ("deactivate", "reactivate", "retire")

    @admin.action(description="Deactivate", permissions=["write"])
    def deactivate(self, request: HttpRequest, queryset: QuerySet[Camera]) -> None:
        """Take them out of use for a while."""
        self._all(request, queryset, enrolment.deactivate_camera, "{} deactivated.")

    @admin.action(description="Reactivate", permissions=["write"])
    def reactivate(self, request: HttpRequest, queryset: QuerySet[Camera]) -> None:
        """Put them back into use."""
        self._all(request, queryset, enrolment.reactivate_camera, "{} in use again.")

    @admin.action(description="Retire for good", permissions=["write"])
    def retire(self, request: HttpRequest, queryset: QuerySet[Camera]) -> None:
        """Stop watching them. Their footage stays until it is due."""
        self._all(request, queryset, enrolment.retire_camera, "{} retired.")

    def _all(self, request: HttpRequest, cameras: QuerySet[Camera], verb: Any, words: str) -> None:
        actor = actor_of(request)
        self.carry_out_on(request, cameras, lambda camera: verb(camera, actor=actor), words)


@admin.register(StatusChange)
class StatusChangeAdmin(OfCameraAdmin[StatusChange]):
    """When cameras went up and down."""

    list_display = ("at", "camera", "status", "cause")
    list_filter = ("at", "status")
    search_fields = ("camera__name", "camera__public_id")
    date_hierarchy = "at"


@admin.register(TokenReach)
class TokenReachAdmin(ReadOnlyAdmin[TokenReach]):
    """Which cameras restricted tokens reach; a token's page in the portal changes it."""

    read_scope: ClassVar = Scope.TOKENS_ALL
    list_display = ("id", "token", "site", "group", "camera")
    list_select_related = ("token", "site", "group", "camera")
    search_fields = ("token__name", "token__key", "site__name", "group__name", "camera__name", "camera__public_id")
