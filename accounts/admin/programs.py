"""Staff pages: API tokens, programs' sign-ins, answers that are given again."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts import api_tokens, refresh_families
from accounts.audit import actor_of
from accounts.audited_admin import ReadOnlyAdmin
from accounts.delegation import check_may_change
from accounts.models import ApiToken, IdempotentAnswer, RefreshFamily
from accounts.scopes import Scope


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnlyAdmin[ApiToken]):
    """API tokens, without their secrets. They are issued and edited in the portal, where the secret is shown once."""

    read_scope = write_scope = Scope.TOKENS_ALL
    list_display = ("name", "key", "owner", "restricted", "created_at", "expires_at", "revoked_at", "last_used_at")
    list_filter = ("restricted", ("revoked_at", admin.EmptyFieldListFilter), "created_at")
    list_select_related = ("owner",)
    search_fields = ("name", "key", "owner__email")
    exclude = ("digest", "previous_digest")
    actions = ("revoke",)

    @admin.action(description="Revoke", permissions=["write"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiToken]) -> None:
        """End them for good."""
        actor = actor_of(request)
        self.carry_out_on(request, queryset, lambda token: api_tokens.revoke(token, actor=actor), "{} revoked.")


@admin.register(RefreshFamily)
class RefreshFamilyAdmin(ReadOnlyAdmin[RefreshFamily]):
    """Programs' sign-ins: chains of refresh tokens."""

    read_scope = Scope.MEMBERS_READ
    write_scope = Scope.MEMBERS_WRITE
    list_display = ("user", "created_at", "refreshed_at", "expires_at", "revoked_at", "revocation_cause", "address")
    list_filter = ("revocation_cause", "created_at")
    list_select_related = ("user",)
    search_fields = ("user__email", "address")
    exclude = ("current",)
    actions = ("end",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[RefreshFamily]:
        """Everybody's; elsewhere people look after their own."""
        return admin.ModelAdmin.get_queryset(self, request)

    @admin.action(description="Sign out", permissions=["write"])
    def end(self, request: HttpRequest, queryset: QuerySet[RefreshFamily]) -> None:
        """End them: their tokens stop working."""
        actor = actor_of(request)

        def end(family: RefreshFamily) -> None:
            check_may_change(actor, family.user)
            refresh_families.end(family, actor=actor)

        self.carry_out_on(request, queryset.select_related("user__role"), end, "{} signed out.")


@admin.register(IdempotentAnswer)
class IdempotentAnswerAdmin(ReadOnlyAdmin[IdempotentAnswer]):
    """Answers that a retry gets again. What was answered is not shown: it may hold a secret that is told once."""

    list_display = ("created_at", "user", "key", "status")
    list_filter = ("status", "created_at")
    list_select_related = ("user",)
    search_fields = ("key", "user__email")
    exclude = ("body", "headers", "fingerprint")
