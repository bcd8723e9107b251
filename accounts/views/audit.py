"""The audit, and attempts to sign in."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.timezone import get_current_timezone_name
from django.views.decorators.http import require_safe

from accounts import audit_chain, audit_search, audit_words, browsers
from accounts.access import scope_required
from accounts.audit import actor_of
from accounts.choices import AuditVerb, Door, SignInMethod, SignInOutcome
from accounts.forms import Styled
from accounts.fragments import page_or_part
from accounts.models import AuditEntry, SignInAttempt
from accounts.scopes import Scope
from accounts.views.history_pages import history_page

_VERBS = sorted(AuditVerb.choices, key=lambda choice: choice[1])
_WORDS = {"type": "search", "placeholder": "Who, what, or any value", "autocomplete": "off"}
_PLAIN = {"autocomplete": "off"}


class AuditFilter(Styled, forms.Form):
    """Which entries the page shows. Names are those of the API, so that an export takes the same question."""

    q = forms.CharField(label="Search", required=False, max_length=200, widget=forms.TextInput(attrs=_WORDS))
    verb = forms.ChoiceField(required=False, choices=[("", "Everything"), *_VERBS])
    target_type = forms.ChoiceField(label="About", required=False)
    door = forms.ChoiceField(required=False, choices=[("", "Every door"), *Door.choices])
    after = forms.DateTimeField(
        label="From", required=False, widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )
    before = forms.DateTimeField(
        label="Until", required=False, widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )
    actor = forms.IntegerField(label="Person (number)", required=False, min_value=1, max_value=2**62)
    token = forms.IntegerField(label="API token (number)", required=False, min_value=1, max_value=2**62)
    target_id = forms.CharField(label="About (number)", required=False, max_length=60, widget=forms.TextInput(_PLAIN))
    address = forms.GenericIPAddressField(label="Address", required=False)
    request_id = forms.CharField(label="Request", required=False, max_length=64, widget=forms.TextInput(_PLAIN))

    RARE = ("actor", "token", "target_id", "address", "request_id", "after", "before")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = [(kind, _kind_in_words(kind)) for kind in audit_search.target_types()]
        self.fields["target_type"].choices = [("", "About anything"), *kinds]  # type: ignore[attr-defined]

    @property
    def is_narrowed(self) -> bool:
        """Whether anything is filtered."""
        return any(self.data.get(name) for name in self.fields)

    @property
    def is_open(self) -> bool:
        """Whether one of the rarer filters is used."""
        return any(self.data.get(name) for name in self.RARE)

    @property
    def rare_fields(self) -> list[Any]:
        """Those that are folded away."""
        return [self[name] for name in self.RARE]

    @property
    def export_question(self) -> str:
        """The same question for the API; begins with an ampersand."""
        wanted = {name: value for name, value in getattr(self, "cleaned_data", {}).items() if value not in (None, "")}
        told = {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in wanted.items()}
        return f"&{urlencode(told)}" if told else ""


class AttemptFilter(Styled, forms.Form):
    """Which attempts the page shows."""

    email = forms.CharField(
        label="E-mail address",
        required=False,
        max_length=254,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": "E-mail address", "autocomplete": "off"}),
    )
    address = forms.GenericIPAddressField(
        label="Address",
        required=False,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": "IP address", "autocomplete": "off"}),
    )
    outcome = forms.ChoiceField(required=False, choices=[("", "Every outcome"), *SignInOutcome.choices])
    method = forms.ChoiceField(required=False, choices=[("", "Every method"), *SignInMethod.choices])

    @property
    def is_narrowed(self) -> bool:
        """Whether anything is filtered."""
        return any(self.data.get(name) for name in self.fields)

    def chosen_from(self, attempts: Any) -> Any:
        """The attempts that fit; a filter that makes no sense finds none."""
        if not self.is_valid():
            return attempts.none()
        wanted = {name: value for name, value in self.cleaned_data.items() if value}
        return attempts.filter(**wanted)

    def clean_email(self) -> str:
        """As it is kept: in small letters."""
        return str(self.cleaned_data["email"]).lower()


@require_safe
@scope_required(Scope.AUDIT_READ)
def audit(request: HttpRequest) -> HttpResponse:
    """Who did what; the newest first."""
    chosen = AuditFilter(request.GET)
    visible = AuditEntry.objects.visible_to(request.user).select_related("seal", "token")
    found = audit_search.narrowed(visible, **chosen.cleaned_data) if chosen.is_valid() else visible.none()
    page = history_page(found, request.GET.get("older"))
    context = {
        "filter": chosen,
        "page": page,
        "entries": audit_words.told(page.rows, actor_of(request)),
        "head": audit_chain.head(),
        "zone": get_current_timezone_name(),
        "export_address": reverse("v1:audit-entry-export"),
    }
    return page_or_part(request, "accounts/audit.html", context, part="rows")


@require_safe
@scope_required(Scope.AUDIT_READ)
def sign_in_attempts(request: HttpRequest) -> HttpResponse:
    """Who tried to sign in, and what came of it; the newest first."""
    chosen = AttemptFilter(request.GET)
    found = chosen.chosen_from(SignInAttempt.objects.visible_to(request.user).select_related("user"))
    page = history_page(found, request.GET.get("older"))
    attempts = [(attempt, browsers.name_of(attempt.user_agent)) for attempt in page.rows]
    context = {"filter": chosen, "page": page, "attempts": attempts}
    return page_or_part(request, "accounts/sign_in_attempts.html", context, part="rows")


def _kind_in_words(kind: str) -> str:
    from django.apps import apps  # noqa: PLC0415

    try:
        return str(apps.get_model(kind)._meta.verbose_name).capitalize()
    except LookupError:
        return kind
