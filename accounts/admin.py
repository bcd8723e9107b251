"""Staff pages: people, roles, the audit trail."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.http import HttpRequest

from accounts.audited_admin import AuditedModelAdmin, ReadOnlyAdmin
from accounts.models import AuditEntry, Role, User


class MemberCreationForm(AdminUserCreationForm):  # type: ignore[type-arg]
    """A new member, with the password typed twice."""

    class Meta:
        model = User
        fields = ("email", "name", "role")


@admin.register(User)
class MemberAdmin(AuditedModelAdmin[User], UserAdmin):  # type: ignore[type-arg]
    """People and service accounts."""

    add_form = MemberCreationForm
    list_display = ("email", "name", "role", "is_active", "last_login")
    list_filter = ("role", "is_active")
    list_select_related = ("role",)
    search_fields = ("email", "name")
    ordering = ("email",)
    filter_horizontal = ()
    readonly_fields = ("last_login", "created_at")
    fieldsets = (
        (None, {"fields": ("email", "name", "password")}),
        ("Access", {"fields": ("role", "is_active")}),
        ("Dates", {"fields": ("last_login", "created_at")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "name", "role", "usable_password", "password1", "password2")}),)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Members are disabled, not deleted: their audit entries stay theirs."""
        return False


@admin.register(Role)
class RoleAdmin(AuditedModelAdmin[Role]):
    """Bundles of scopes."""

    list_display = ("label", "name", "builtin")
    search_fields = ("label", "name")

    def has_delete_permission(self, request: HttpRequest, obj: Role | None = None) -> bool:
        """Built-in roles stay."""
        return obj is not None and not obj.builtin


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin[AuditEntry]):
    """Who did what."""

    list_display = ("at", "actor_label", "verb", "target_type", "target_label", "door", "address")
    list_filter = ("verb", "door")
    search_fields = ("actor_label", "target_label", "target_id", "request_id")
    date_hierarchy = "at"
