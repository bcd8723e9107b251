"""Webhooks: the list, one with its deliveries, and its secret."""

from functools import partial

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import elevation_required, scope_required
from accounts.audit import actor_of
from accounts.forms import carry_out, posted
from accounts.fragments import page_or_part
from accounts.scopes import Scope
from alerts import delivering, webhooks
from alerts.forms import SecretRotationForm, WebhookForm
from alerts.models import Webhook, WebhookDelivery
from alerts.webhooks import KeyedWebhook

form_page = require_http_methods(["GET", "HEAD", "POST"])
_ROWS = 25


@require_safe
@scope_required(Scope.WEBHOOKS_WRITE)
def webhook_list(request: HttpRequest) -> HttpResponse:
    """One's own webhooks."""
    rows = Webhook.objects.visible_to(request.user).select_related("site", "group").order_by("name", "pk")
    page = Paginator(rows, _ROWS).get_page(request.GET.get("page"))
    return page_or_part(request, "alerts/webhooks.html", {"page": page}, part="rows")


@require_safe
@scope_required(Scope.WEBHOOKS_WRITE)
def webhook(request: HttpRequest, pk: int) -> HttpResponse:
    """A webhook and what was sent to it, the newest first."""
    found = _webhook_or_404(request, pk)
    deliveries = WebhookDelivery.objects.visible_to(request.user).filter(webhook=found)
    page = Paginator(deliveries.order_by("-at", "-pk"), _ROWS).get_page(request.GET.get("page"))
    return page_or_part(request, "alerts/webhook.html", {"webhook": found, "page": page}, part="deliveries")


@never_cache
@form_page
@scope_required(Scope.WEBHOOKS_WRITE)
@elevation_required
def add_webhook(request: HttpRequest) -> HttpResponse:
    """Ask for the facts, add it, and show its secret."""
    form = WebhookForm(posted(request), actor=actor_of(request))
    keyed = carry_out(form, partial(webhooks.add, actor=actor_of(request)))
    if keyed is not None:
        return _shown(request, keyed)
    return render(request, "alerts/webhook_form.html", {"form": form}, status=422 if form.errors else 200)


@form_page
@scope_required(Scope.WEBHOOKS_WRITE)
def edit_webhook(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a webhook."""
    found = _webhook_or_404(request, pk)
    form = WebhookForm(posted(request), actor=actor_of(request), webhook=found)
    if carry_out(form, partial(webhooks.edit, found, actor=actor_of(request))):
        messages.success(request, "Saved. It counts from now on.")
        return redirect("alerts:webhook", found.pk)
    context = {"form": form, "webhook": found}
    return render(request, "alerts/webhook_form.html", context, status=422 if form.errors else 200)


@form_page
@scope_required(Scope.WEBHOOKS_WRITE)
def remove_webhook(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what goes, then remove it."""
    found = _webhook_or_404(request, pk)
    if request.method != "POST":
        return render(request, "alerts/webhook_remove.html", {"webhook": found})
    webhooks.remove(found, actor=actor_of(request))
    messages.success(request, f"{found.name} is removed.")
    return redirect("alerts:webhooks")


@never_cache
@form_page
@scope_required(Scope.WEBHOOKS_WRITE)
@elevation_required
def rotate_secret(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a webhook a new secret, and show it."""
    found = _webhook_or_404(request, pk)
    form = SecretRotationForm(posted(request))
    keyed = carry_out(form, partial(webhooks.rotate_secret, found, actor=actor_of(request)))
    if keyed is not None:
        return _shown(request, keyed)
    context = {"form": form, "webhook": found}
    return render(request, "alerts/webhook_rotate.html", context, status=422 if form.errors else 200)


@never_cache
@form_page
@scope_required(Scope.WEBHOOKS_WRITE)
@elevation_required
def show_secret(request: HttpRequest, pk: int) -> HttpResponse:
    """Say that it is written down, then show the secret."""
    found = _webhook_or_404(request, pk)
    if request.method != "POST":
        return render(request, "alerts/webhook_show.html", {"webhook": found})
    return _shown(request, webhooks.show_secret(found, actor=actor_of(request)))


@require_POST
@scope_required(Scope.WEBHOOKS_WRITE)
def send_test(request: HttpRequest, pk: int) -> HttpResponse:
    """Send news of no meaning."""
    found = _webhook_or_404(request, pk)
    delivering.send_test(found, actor=actor_of(request))
    messages.success(request, "A test is on its way. Look again in a few seconds.")
    return redirect("alerts:webhook", found.pk)


@require_POST
@scope_required(Scope.WEBHOOKS_WRITE)
def redeliver(request: HttpRequest, pk: int) -> HttpResponse:
    """Try a delivery once more."""
    rows = WebhookDelivery.objects.visible_to(request.user)
    delivery: WebhookDelivery = get_object_or_404(rows, pk=pk)
    delivering.redeliver(delivery, actor=actor_of(request))
    messages.success(request, "It is on its way once more. Look again in a few seconds.")
    return redirect("alerts:webhook", delivery.webhook_id)


def _webhook_or_404(request: HttpRequest, pk: int) -> Webhook:
    rows = Webhook.objects.visible_to(request.user).select_related("site", "group")
    found: Webhook = get_object_or_404(rows, pk=pk)
    return found


def _shown(request: HttpRequest, keyed: KeyedWebhook) -> HttpResponse:
    return render(request, "alerts/webhook_secret.html", {"webhook": keyed.webhook, "secret": keyed.secret})
