"""Staff pages: webhooks with their deliveries, security rules and events."""

from functools import partial
from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from accounts.audit import actor_of
from accounts.audited_admin import ReadOnlyAdmin
from accounts.scopes import Scope
from alerts import delivering, webhooks
from alerts.models import SecurityEvent, SecurityRule, TokenCountry, Webhook, WebhookDelivery


@admin.register(Webhook)
class WebhookAdmin(ReadOnlyAdmin[Webhook]):
    """Everybody's webhooks, to look at and to stop; their owners change them."""

    read_scope = write_scope = Scope.WEBHOOKS_WRITE
    list_display = ("name", "owner", "url", "active", "failing_since", "disabled_at")
    list_select_related = ("owner",)
    list_filter = ("active",)
    search_fields = ("name", "url", "owner__email")
    exclude = ("secret", "previous_secret")
    actions = ("switch_off", "remove")

    def get_queryset(self, request: HttpRequest) -> Any:
        """Those of people who left, too."""
        return Webhook.objects.all()

    @admin.action(description="Switch off", permissions=["write"])
    def switch_off(self, request: HttpRequest, queryset: Any) -> None:
        """Tell them nothing more."""
        actor = actor_of(request)
        self.carry_out_on(
            request,
            queryset,
            lambda row: webhooks.switch_off(row, reason="by an administrator", actor=actor),
            "{} switched off.",
        )

    @admin.action(description="Remove", permissions=["write"])
    def remove(self, request: HttpRequest, queryset: Any) -> None:
        """Remove them and their logs."""
        actor = actor_of(request)
        self.carry_out_on(request, queryset, lambda row: webhooks.remove(row, actor=actor), "{} removed.")


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(ReadOnlyAdmin[WebhookDelivery]):
    """What was sent to one's own webhooks."""

    read_scope = write_scope = Scope.WEBHOOKS_WRITE
    list_display = ("at", "webhook", "type", "state", "attempts", "status", "error")
    list_select_related = ("webhook",)
    list_filter = ("at", "state", "type")
    search_fields = ("webhook__name", "=event_id")
    exclude = ("body",)
    date_hierarchy = "at"
    actions = ("deliver_again",)

    @admin.action(description="Deliver again", permissions=["write"])
    def deliver_again(self, request: HttpRequest, queryset: Any) -> None:
        """Try them once more."""
        again = partial(delivering.redeliver, actor=actor_of(request))
        self.carry_out_on(request, queryset, again, "{} on their way once more.")


@admin.register(SecurityRule)
class SecurityRuleAdmin(ReadOnlyAdmin[SecurityRule]):
    """What is watched for; the portal's page changes it."""

    read_scope = Scope.SECURITY_READ
    list_display = ("name", "active", "severity", "threshold", "window_seconds", "response", "response_mode")
    list_filter = ("active", "response_mode")
    search_fields = ("name",)


@admin.register(SecurityEvent)
class SecurityEventAdmin(ReadOnlyAdmin[SecurityEvent]):
    """Which rules were broken, and what was done."""

    read_scope = Scope.SECURITY_READ
    list_display = ("at", "rule", "severity", "subject", "state", "response", "response_state")
    list_filter = ("at", "rule", "state", "response_state")
    search_fields = ("subject", "address", "user__email")
    date_hierarchy = "at"


@admin.register(TokenCountry)
class TokenCountryAdmin(ReadOnlyAdmin[TokenCountry]):
    """From where tokens have been used."""

    read_scope = Scope.SECURITY_READ
    list_display = ("token", "country", "first_at", "last_at")
    list_select_related = ("token",)
    list_filter = ("country",)
    search_fields = ("token__name", "token__key", "country")
