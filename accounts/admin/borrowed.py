"""Staff pages of how people sign in; most of these rows are django-allauth's."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts import enrolling, sessions, single_sign_on
from accounts.audit import actor_of
from accounts.audited_admin import ReadOnlyAdmin
from accounts.delegation import check_may_change
from accounts.models import Identity
from accounts.scopes import Scope


class _SignInAdmin(ReadOnlyAdmin[Identity]):
    """About a person's way in."""

    read_scope = Scope.MEMBERS_READ
    write_scope = Scope.MEMBERS_WRITE
    list_select_related = ("user",)


@admin.register(Identity)
class IdentityAdmin(_SignInAdmin):
    """Who people are elsewhere."""

    list_display = ("user", "issuer", "subject", "created_at")
    search_fields = ("user__email", "subject", "issuer")
    actions = ("unlink",)

    @admin.action(description="Unlink", permissions=["write"])
    def unlink(self, request: HttpRequest, queryset: QuerySet[Identity]) -> None:
        """For people whom the provider calls otherwise now."""
        actor, rows = actor_of(request), queryset.select_related("user__role")
        self.carry_out_on(request, rows, lambda identity: single_sign_on.unlink(identity, actor=actor), "{} unlinked.")


@admin.register(EmailAddress)
class EmailAddressAdmin(_SignInAdmin):
    """Addresses as django-allauth keeps them; the address that counts is the person's own."""

    list_display = ("email", "user", "verified", "primary")
    list_filter = ("verified",)
    search_fields = ("email", "user__email")


@admin.register(Authenticator)
class AuthenticatorAdmin(_SignInAdmin):
    """Second factors, without their secrets."""

    list_display = ("user", "type", "created_at", "last_used_at")
    list_filter = ("type", "created_at")
    search_fields = ("user__email",)
    exclude = ("data",)
    actions = ("forget",)

    @admin.action(description="Remove, with all other factors of the person", permissions=["write"])
    def forget(self, request: HttpRequest, queryset: QuerySet[Authenticator]) -> None:
        """Help people who have lost theirs: they enrol again."""
        actor = actor_of(request)
        rows = queryset.select_related("user__role")
        self.carry_out_on(request, rows, lambda row: enrolling.remove_all(row.user, actor=actor), "{} removed.")


@admin.register(UserSession)
class UserSessionAdmin(_SignInAdmin):
    """Open sessions of the portal."""

    list_display = ("user", "ip", "created_at", "last_seen_at")
    list_filter = ("created_at",)
    search_fields = ("user__email", "ip")
    exclude = ("session_key", "data")
    actions = ("end",)

    @admin.action(description="Sign out", permissions=["write"])
    def end(self, request: HttpRequest, queryset: QuerySet[UserSession]) -> None:
        """End them."""
        actor = actor_of(request)

        def end(session: UserSession) -> None:
            check_may_change(actor, session.user)
            sessions.end_session(session, actor=actor)

        self.carry_out_on(request, queryset.select_related("user__role"), end, "{} signed out.")
