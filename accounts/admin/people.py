"""Staff pages: people, roles, groups of people. Every change is a verb's."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from accounts import invitations, membership, roles, sessions, user_groups
from accounts.access import ask_for_elevation, is_elevated
from accounts.audit import actor_of
from accounts.audited_admin import AuditedModelAdmin
from accounts.delegation import check_may_change
from accounts.models import Role, User, UserGroup
from accounts.scopes import CHOICES, Scope


class MemberForm(forms.ModelForm[User]):
    """A member's facts; the address is taken whatever its capitals."""

    class Meta:
        model = User
        fields = ("email", "name", "role", "is_service", "is_active")


@admin.register(User)
class MemberAdmin(AuditedModelAdmin[User]):
    """People and service accounts. Passwords are chosen by their owners, by way of a letter."""

    form = MemberForm
    read_scope = Scope.MEMBERS_READ
    write_scope = Scope.MEMBERS_WRITE
    list_display = ("email", "name", "role", "is_active", "is_service", "has_second_factor", "last_login")
    list_filter = ("is_active", "is_service", "role")
    list_select_related = ("role",)
    search_fields = ("email", "name")
    ordering = ("email",)
    autocomplete_fields = ("role",)
    actions = ("disable", "enable", "invite", "sign_out")

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """The form, which is taken from whom is elevated only: an account outlives the session in which it was made."""
        if request.method == "POST" and not is_elevated(request):
            return ask_for_elevation(request)
        return super().changeform_view(request, *args, **kwargs)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """With whether there is a second factor."""
        return super().get_queryset(request).with_second_factor()  # type: ignore[no-any-return]

    def get_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        """A new account is open; what it is for stays."""
        if obj is None:
            return ["email", "name", "role", "is_service"]
        return ["email", "name", "role", "is_active", "is_service", "last_login", "created_at"]

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """Dates are facts."""
        return ("is_service", "last_login", "created_at") if obj is not None else ()

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Add and invite somebody, or change what was changed."""
        actor, facts = actor_of(request), form.cleaned_data
        if not change:
            names = ("email", "name", "role", "is_service")
            made = membership.add_member(password=None, actor=actor, **{name: facts[name] for name in names})
            obj.pk = made.pk
            if not made.is_service:
                invitations.invite(made, absolute=request.build_absolute_uri, actor=actor)
            return
        membership.edit_member(obj, name=facts["name"], email=facts["email"], actor=actor)
        membership.give_role(obj, facts["role"], actor=actor)
        if "is_active" in form.changed_data:
            verb = membership.enable_member if facts["is_active"] else membership.disable_member
            verb(obj, actor=actor)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Members are disabled, not deleted: their audit entries stay theirs."""
        return False

    @admin.display(boolean=True, description="second factor")
    def has_second_factor(self, obj: User) -> bool:
        """Whether signing in asks for more than a password."""
        return bool(getattr(obj, "second_factor", False))

    @admin.action(description="Disable", permissions=["write"])
    def disable(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Close the accounts."""
        actor = actor_of(request)
        self.carry_out_on(request, queryset, lambda user: membership.disable_member(user, actor=actor), "{} disabled.")

    @admin.action(description="Enable", permissions=["write"])
    def enable(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Open the accounts again."""
        actor = actor_of(request)
        self.carry_out_on(request, queryset, lambda user: membership.enable_member(user, actor=actor), "{} enabled.")

    @admin.action(description="Send a letter to choose a password", permissions=["write"])
    def invite(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Send invitations."""
        facts: dict[str, Any] = {"absolute": request.build_absolute_uri, "actor": actor_of(request)}
        self.carry_out_on(request, queryset, lambda user: invitations.invite(user, **facts), "{} letters sent.")

    @admin.action(description="Sign out everywhere", permissions=["write"])
    def sign_out(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """End all their sessions."""
        actor = actor_of(request)

        def end_all(user: User) -> None:
            check_may_change(actor, user)
            sessions.end_all(user, actor=actor)

        self.carry_out_on(request, queryset, end_all, "{} signed out.")


class RoleForm(forms.ModelForm[Role]):
    """A role with its scopes to tick."""

    scopes = forms.MultipleChoiceField(choices=CHOICES, required=False, widget=forms.CheckboxSelectMultiple)

    class Meta:
        model = Role
        fields = ("name", "label", "scopes", "requires_second_factor")


@admin.register(Role)
class RoleAdmin(AuditedModelAdmin[Role]):
    """Bundles of scopes."""

    form = RoleForm
    read_scope = Scope.MEMBERS_READ
    write_scope = Scope.MEMBERS_WRITE
    list_display = ("label", "name", "requires_second_factor", "builtin")
    list_filter = ("builtin", "requires_second_factor")
    search_fields = ("label", "name")

    def get_readonly_fields(self, request: HttpRequest, obj: Role | None = None) -> tuple[str, ...]:
        """A name stays; built-in roles keep all but one of their facts."""
        if obj is None:
            return ()
        return ("name", "label", "scopes") if obj.builtin else ("name",)

    def save_model(self, request: HttpRequest, obj: Role, form: Any, change: bool) -> None:
        """Add it, or change what was changed."""
        facts: dict[str, Any] = {**form.cleaned_data, "actor": actor_of(request)}
        if change:
            roles.edit_role(Role.objects.get(pk=obj.pk), **facts)
        else:
            obj.pk = roles.add_role(**facts).pk

    def delete_model(self, request: HttpRequest, obj: Role) -> None:
        """Remove it."""
        roles.remove_role(obj, actor=actor_of(request))


@admin.register(UserGroup)
class UserGroupAdmin(AuditedModelAdmin[UserGroup]):
    """Groups of people. Who belongs to one is changed on its page in the portal, which cuts long lists into pages."""

    read_scope = Scope.MEMBERS_READ
    write_scope = Scope.MEMBERS_WRITE
    fields: ClassVar = ("name",)
    list_display = ("name", "member_count", "page")
    search_fields = ("name",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[UserGroup]:
        """With how many people belong to each."""
        members = UserGroup.members.through.objects.filter(usergroup=OuterRef("pk")).order_by().values("usergroup")
        counted: QuerySet[UserGroup] = (
            super().get_queryset(request).annotate(people=Coalesce(Subquery(members.values_list(Count("pk"))), 0))
        )
        return counted

    def save_model(self, request: HttpRequest, obj: UserGroup, form: Any, change: bool) -> None:
        """Add or rename it."""
        name, actor = form.cleaned_data["name"], actor_of(request)
        if change:
            user_groups.edit_user_group(UserGroup.objects.get(pk=obj.pk), name=name, actor=actor)
        else:
            obj.pk = user_groups.add_user_group(name=name, actor=actor).pk

    def delete_model(self, request: HttpRequest, obj: UserGroup) -> None:
        """Remove it, and what was granted to it."""
        user_groups.remove_user_group(obj, actor=actor_of(request))

    @admin.display(description="people")
    def member_count(self, obj: UserGroup) -> int:
        """How many belong to it."""
        return int(getattr(obj, "people", 0))

    @admin.display(description="portal")
    def page(self, obj: UserGroup) -> str:
        """Its page."""
        return format_html('<a href="{}">People</a>', reverse("accounts:user-group", args=[obj.pk]))
