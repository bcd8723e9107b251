"""Security events with what was done about them, and the rules."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import scope_required
from accounts.audit import actor_of
from accounts.forms import carry_out, posted
from accounts.fragments import page_or_part
from accounts.scopes import Scope
from accounts.views.history_pages import history_page
from alerts import responses, security_events, security_rules
from alerts.forms import SecurityEventFilter, SecurityRuleForm
from alerts.models import SecurityEvent, SecurityRule
from alerts.responses import NotUndone

form_page = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
@scope_required(Scope.SECURITY_READ)
def events(request: HttpRequest) -> HttpResponse:
    """What happened, the newest first."""
    chosen = SecurityEventFilter(request.GET)
    rows = SecurityEvent.objects.visible_to(request.user).select_related("user", "token", "acknowledged_by")
    page = history_page(chosen.chosen_from(rows), request.GET.get("older"))
    shown = [
        (event, [(name.replace("_", " "), _words(value)) for name, value in event.facts.items()]) for event in page.rows
    ]
    context = {"page": page, "events": shown, "filter": chosen}
    return page_or_part(request, "alerts/security_events.html", context, part="rows")


@require_POST
@scope_required(Scope.SECURITY_WRITE)
def acknowledge(request: HttpRequest, pk: int) -> HttpResponse:
    """Say that somebody has looked."""
    security_events.acknowledge(_event_or_404(request, pk), actor=actor_of(request))
    return redirect("alerts:security-events")


@require_POST
@scope_required(Scope.SECURITY_WRITE)
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back what was done."""
    try:
        responses.undo(_event_or_404(request, pk), actor=actor_of(request))
    except NotUndone as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "It is undone.")
    return redirect("alerts:security-events")


@require_safe
@scope_required(Scope.SECURITY_READ)
def rules(request: HttpRequest) -> HttpResponse:
    """What is watched for, and what answers."""
    rows = SecurityRule.objects.visible_to(request.user).order_by("name")
    return render(request, "alerts/security_rules.html", {"rules": rows})


@form_page
@scope_required(Scope.SECURITY_WRITE)
def edit_rule(request: HttpRequest, name: str) -> HttpResponse:
    """Change a rule."""
    rule: SecurityRule = get_object_or_404(SecurityRule.objects.visible_to(request.user), name=name)
    form = SecurityRuleForm(posted(request), rule=rule)
    if carry_out(form, partial(security_rules.edit_rule, rule, actor=actor_of(request))):
        messages.success(request, "Saved. It counts from now on.")
        return redirect("alerts:security-rules")
    context = {"form": form, "rule": rule}
    return render(request, "alerts/security_rule_form.html", context, status=422 if form.errors else 200)


def _event_or_404(request: HttpRequest, pk: int) -> SecurityEvent:
    found: SecurityEvent = get_object_or_404(SecurityEvent.objects.visible_to(request.user), pk=pk)
    return found


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
