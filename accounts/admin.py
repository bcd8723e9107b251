"""Staff pages: people, roles, the audit trail."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest

from accounts import membership
from accounts.audited_admin import AuditedModelAdmin, ReadOnlyAdmin
from accounts.models import AuditEntry, Role, User, UserGroup


class MemberCreationForm(AdminUserCreationForm):  # type: ignore[type-arg]
    """A new member, with the password typed twice."""

    class Meta:
        model = User
        fields = ("email", "name", "role")


class MemberChangeForm(UserChangeForm):  # type: ignore[type-arg]
    """A member's facts; the last administrator stays one."""

    class Meta:
        model = User
        fields = ("email", "name", "role", "is_active")

    def clean(self) -> dict[str, Any]:
        """Raise ValidationError for a change that nobody could undo."""
        facts = super().clean() or self.cleaned_data
        role = facts.get("role")
        if not facts.get("is_active") or (role is not None and role.name != "admin"):
            try:
                with transaction.atomic():
                    membership.check_administrator_remains(self.instance)
            except membership.LastAdministrator as error:
                raise ValidationError(str(error), code="last_administrator") from error
        return facts


@admin.register(User)
class MemberAdmin(AuditedModelAdmin[User], UserAdmin):  # type: ignore[type-arg]
    """People and service accounts."""

    form = MemberChangeForm
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

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Save, and have this person's open pages checked again."""
        super().save_model(request, obj, form, change)
        membership.announce_access([obj.pk])

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Members are disabled, not deleted: their audit entries stay theirs."""
        return False


@admin.register(Role)
class RoleAdmin(AuditedModelAdmin[Role]):
    """Bundles of scopes."""

    list_display = ("label", "name", "builtin")
    search_fields = ("label", "name")

    def get_readonly_fields(self, request: HttpRequest, obj: Role | None = None) -> tuple[str, ...]:
        """Built-in roles come with the product; another bundle of scopes is another role."""
        return ("name", "scopes") if obj is not None and obj.builtin else ()

    def save_model(self, request: HttpRequest, obj: Role, form: Any, change: bool) -> None:
        """Save, and have open pages of everybody with this role checked again."""
        super().save_model(request, obj, form, change)
        membership.announce_access(obj.members.values_list("pk", flat=True))

    def has_delete_permission(self, request: HttpRequest, obj: Role | None = None) -> bool:
        """Built-in roles stay."""
        return obj is not None and not obj.builtin


@admin.register(UserGroup)
class UserGroupAdmin(AuditedModelAdmin[UserGroup]):
    """Groups of people, for grants."""

    list_display = ("name",)
    search_fields = ("name",)
    autocomplete_fields = ("members",)


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin[AuditEntry]):
    """Who did what."""

    list_display = ("at", "actor_label", "verb", "target_type", "target_label", "door", "address")
    list_filter = ("verb", "door")
    search_fields = ("actor_label", "target_label", "target_id", "request_id")
    date_hierarchy = "at"
