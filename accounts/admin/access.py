"""Staff pages: from where the doors may be used."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from accounts import access_rules
from accounts.audit import actor_of
from accounts.audited_admin import AuditedModelAdmin
from accounts.models import AccessRule
from accounts.scopes import Scope
from accounts.seats import seat_of


@admin.register(AccessRule)
class AccessRuleAdmin(AuditedModelAdmin[AccessRule]):
    """Rules by network and country, in the order in which they are asked."""

    read_scope = write_scope = Scope.ACCESS_RULES_WRITE
    fields = ("position", "surface", "action", "network", "country", "note", "active", "until")
    list_display = ("position", "surface", "action", "network", "country", "active", "until", "note")
    list_filter = ("surface", "action", "active")
    search_fields = ("network", "country", "note")

    def save_model(self, request: HttpRequest, obj: AccessRule, form: Any, change: bool) -> None:
        """Add it, or change what was changed; nobody turns themselves away."""
        facts: dict[str, Any] = {**form.cleaned_data, "actor": actor_of(request), "seat": seat_of(request)}
        if change:
            access_rules.edit_rule(AccessRule.objects.get(pk=obj.pk), **facts)
        else:
            obj.pk = access_rules.add_rule(**facts).pk

    def delete_model(self, request: HttpRequest, obj: AccessRule) -> None:
        """Remove it; nobody turns themselves away."""
        access_rules.remove_rule(obj, actor=actor_of(request), seat=seat_of(request))
