"""Access rules: the list in its order, one rule to change, and what would become of an address."""

from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import access_decisions, access_rules, countries
from accounts.access import scope_required
from accounts.access_decisions import Decision
from accounts.access_rules import LocksAuthorOut
from accounts.addresses import client_address, is_loopback, read_address
from accounts.audit import actor_of
from accounts.choices import RuleAction, Surface
from accounts.forms import Styled, carry_out, posted
from accounts.fragments import page_or_part
from accounts.models import AccessRule
from accounts.scopes import Scope
from accounts.seats import seat_of

form_page = require_http_methods(["GET", "HEAD", "POST"])
PER_PAGE = 100
_LOCAL = "%Y-%m-%dT%H:%M:%S"


class RuleForm(Styled, forms.Form):
    """Who, what, and for how long."""

    action = forms.ChoiceField(choices=[(RuleAction.DENY, "Turn away"), (RuleAction.ALLOW, "Let in")])
    surface = forms.ChoiceField(label="For", choices=[("", "everything"), *Surface.choices], required=False)
    network = forms.CharField(
        required=False, max_length=49, help_text="An address or a CIDR: 203.0.113.0/24", widget=forms.TextInput
    )
    country = forms.CharField(
        label="or country", required=False, max_length=2, help_text="The two letters of ISO 3166: DE"
    )
    position = forms.IntegerField(required=False, min_value=0, max_value=1_000_000, help_text="Last unless told")
    until = forms.DateTimeField(
        label="Until (UTC)",
        required=False,
        help_text="The rule ends by itself",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local", "step": 1}, format=_LOCAL),
        input_formats=[_LOCAL, "%Y-%m-%dT%H:%M"],
    )
    note = forms.CharField(required=False, max_length=200, help_text="Why, for whoever reads it later")
    active = forms.BooleanField(
        label="In force", required=False, initial=True, help_text="Switched off, it stays in the list"
    )


class QuestionForm(Styled, forms.Form):
    """Who would come, and to what."""

    address = forms.CharField(max_length=64)
    surface = forms.ChoiceField(choices=Surface.choices)

    def clean_address(self) -> str:
        """Raise ValidationError for anything but an address."""
        address = read_address(self.cleaned_data["address"])
        if address is None:
            raise forms.ValidationError("Write an address, for example 203.0.113.7.")
        return str(address)


@require_safe
@scope_required(Scope.ACCESS_RULES_WRITE)
def rules(request: HttpRequest) -> HttpResponse:
    """Rules in the order in which they are asked, and the answer to `?address=…&surface=…`."""
    own = client_address(request)
    asked = QuestionForm(
        request.GET if "address" in request.GET else None, initial={"address": own, "surface": Surface.PORTAL}
    )
    rows = AccessRule.objects.visible_to(request.user).order_by("position", "pk")
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rules": [(rule, access_decisions.state_of(rule)) for rule in page],
        "question": asked,
        "decision": _decision(asked),
        "own_address": own,
        "comes_from_this_machine": is_loopback(own),
        "database_made_at": countries.made_at(),
        "default_is_deny": not access_decisions.allows_others(),
    }
    status = 422 if asked.errors else 200
    return page_or_part(request, "accounts/access_rules.html", context, part="rules", status=status)


@form_page
@scope_required(Scope.ACCESS_RULES_WRITE)
def add_rule(request: HttpRequest) -> HttpResponse:
    """Ask for a rule's facts and add it."""
    form = RuleForm(posted(request))
    if carry_out(form, partial(access_rules.add_rule, actor=actor_of(request), seat=seat_of(request))):
        messages.success(request, "The rule is added. It holds everywhere within seconds.")
        return redirect("accounts:access-rules")
    return _form_page(request, form, None)


@form_page
@scope_required(Scope.ACCESS_RULES_WRITE)
def edit_rule(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a rule."""
    rule = _rule_or_404(request, pk)
    form = RuleForm(posted(request), initial={name: getattr(rule, name) for name in access_rules.EDITABLE_FIELDS})
    form.fields["position"].required, form.fields["position"].help_text = True, "The lowest is asked first"
    if carry_out(form, partial(access_rules.edit_rule, rule, actor=actor_of(request), seat=seat_of(request))):
        messages.success(request, "Saved. It holds everywhere within seconds.")
        return redirect("accounts:access-rules")
    return _form_page(request, form, rule)


@form_page
@scope_required(Scope.ACCESS_RULES_WRITE)
def remove_rule(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what goes, then remove it."""
    rule = _rule_or_404(request, pk)
    if request.method != "POST":
        return render(request, "accounts/access_rule_remove.html", {"rule": rule})
    change = partial(access_rules.remove_rule, rule, actor=actor_of(request), seat=seat_of(request))
    return _carried_out(request, change, "The rule is removed.")


@require_POST
@scope_required(Scope.ACCESS_RULES_WRITE)
def move_rule(request: HttpRequest, pk: int) -> HttpResponse:
    """Have a rule asked one place earlier (`way=earlier`) or later."""
    rule, earlier = _rule_or_404(request, pk), request.POST.get("way") == "earlier"
    change = partial(access_rules.move_rule, rule, earlier=earlier, actor=actor_of(request), seat=seat_of(request))
    return _carried_out(request, change, "")


def _carried_out(request: HttpRequest, change: Any, said: str) -> HttpResponse:
    """Back to the list, with what was done, or why it was not."""
    try:
        change()
    except LocksAuthorOut as refusal:
        messages.error(request, str(refusal))
    else:
        if said:
            messages.success(request, said)
    return redirect("accounts:access-rules")


def _rule_or_404(request: HttpRequest, pk: int) -> AccessRule:
    found: AccessRule = get_object_or_404(AccessRule.objects.visible_to(request.user), pk=pk)
    return found


def _form_page(request: HttpRequest, form: RuleForm, rule: AccessRule | None) -> HttpResponse:
    context = {"form": form, "rule": rule}
    return render(request, "accounts/access_rule_form.html", context, status=422 if form.errors else 200)


def _decision(asked: QuestionForm) -> Decision | None:
    if not asked.is_bound or not asked.is_valid():
        return None
    return access_decisions.decide(asked.cleaned_data["address"], Surface(asked.cleaned_data["surface"]))
