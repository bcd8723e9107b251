"""Grants: who sees which site or camera group, as a list, one by one, and new ones."""

from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import scope_required
from accounts.audit import actor_of
from accounts.forms import Styled, carry_out, posted
from accounts.fragments import page_or_part
from accounts.models import Role, User, UserGroup
from accounts.scopes import Scope
from cameras import places, sight
from cameras.choices import Sight
from cameras.models import CameraGroup, Grant, Site

PER_PAGE = 25
_FACTS = ("user", "role", "user_group", "site", "group")
_SEARCH = {"type": "search", "placeholder": "Person, role, group, place", "autocomplete": "off"}
form_page = require_http_methods(["GET", "HEAD", "POST"])


class GrantFilter(Styled, forms.Form):
    """Which grants the list shows."""

    q = forms.CharField(label="Search", required=False, max_length=200, widget=forms.TextInput(attrs=_SEARCH))
    site = forms.ModelChoiceField(Site.objects.none(), required=False, empty_label="All sites")
    group = forms.ModelChoiceField(CameraGroup.objects.none(), required=False, empty_label="All camera groups")
    sight = forms.ChoiceField(label="Shows", required=False, choices=[("", "Live or recorded"), *Sight.choices])
    role = forms.ModelChoiceField(Role.objects.all(), to_field_name="name", required=False, widget=forms.HiddenInput)
    user_group = forms.ModelChoiceField(UserGroup.objects.all(), required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer_places(self, user)

    @property
    def is_narrowed(self) -> bool:
        """Whether anything is filtered."""
        return any(self.data.get(name) for name in self.fields)

    @property
    def subject(self) -> Any:
        """The one role or group of people whose grants are wanted, if that is so."""
        return self.is_valid() and (self.cleaned_data["role"] or self.cleaned_data["user_group"])

    def chosen_from(self, grants: Any) -> Any:
        """The grants that fit; a filter that makes no sense finds none."""
        if not self.is_valid():
            return grants.none()
        wanted = {name: value for name, value in self.cleaned_data.items() if value and name != "q"}
        found = grants.filter(**wanted)
        for word in self.cleaned_data["q"].split():
            found = found.filter(_named(word))
        return found


class GrantForm(Styled, forms.Form):
    """To whom, on what, and how much it shows."""

    email = forms.EmailField(
        label="A person",
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "placeholder": "E-mail address"}),
    )
    user_group = forms.ModelChoiceField(
        UserGroup.objects.none(), label="or a group of people", required=False, empty_label="–"
    )
    role = forms.ModelChoiceField(
        Role.objects.none(), label="or everybody with a role", required=False, empty_label="–"
    )
    site = forms.ModelChoiceField(Site.objects.none(), label="A site", required=False, empty_label="–")
    group = forms.ModelChoiceField(
        CameraGroup.objects.none(), label="or a camera group, with all inside it", required=False, empty_label="–"
    )
    sight = forms.ChoiceField(
        label="They see",
        choices=[(value, str(label).capitalize()) for value, label in Sight.choices],
        initial=Sight.LIVE_AND_RECORDED,
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["user_group"].queryset = UserGroup.objects.visible_to(user)
        fields["role"].queryset = Role.objects.visible_to(user)
        _offer_places(self, user)

    def clean(self) -> dict[str, Any]:
        """Facts as the verb wants them. Raises ValidationError for an address that nobody has."""
        facts = dict(super().clean() or self.cleaned_data)
        email = facts.pop("email", "")
        facts["user"] = User.objects.filter(email__iexact=email).first() if email else None
        if email and facts["user"] is None:
            self.add_error("email", forms.ValidationError("Nobody has this e-mail address.", code="nobody"))
        return facts


class SightForm(Styled, forms.Form):
    """How much a grant shows."""

    sight = forms.ChoiceField(
        label="They see", choices=[(value, str(label).capitalize()) for value, label in Sight.choices]
    )


@require_safe
@scope_required(Scope.MEMBERS_READ)
def grants(request: HttpRequest) -> HttpResponse:
    """Grants with how many cameras each is about; htmx gets the rows only."""
    user = actor_of(request)
    chosen = GrantFilter(request.GET, user=user)
    rows = chosen.chosen_from(Grant.objects.visible_to(user)).select_related(*_FACTS).order_by("-pk")
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    counts = sight.cameras_under(list(page), asker=user)
    context = {"filter": chosen, "page": page, "grants": [(grant, counts[grant.pk]) for grant in page]}
    return page_or_part(request, "cameras/grants.html", context, part="rows")


@form_page
@scope_required(Scope.MEMBERS_WRITE)
def add_grant(request: HttpRequest) -> HttpResponse:
    """Grant a view; the address may bring a part of it: `?email=`, `?site=`."""
    form = GrantForm(posted(request), user=actor_of(request), initial=request.GET.dict())
    made = carry_out(form, partial(places.grant_view, actor=actor_of(request)))
    if made is not None:
        messages.success(request, f"{made}: {made.get_sight_display()}.")
        return redirect(_page_about(made))
    return render(request, "cameras/grant_form.html", {"form": form}, status=422 if form.errors else 200)


@form_page
@scope_required(Scope.MEMBERS_WRITE)
def edit_grant(request: HttpRequest, pk: int) -> HttpResponse:
    """Change how much a grant shows."""
    grant = _grant_or_404(request, pk)
    form = SightForm(posted(request), initial={"sight": grant.sight})
    if carry_out(form, partial(places.edit_sight, grant, actor=actor_of(request))):
        messages.success(request, "Saved.")
        return redirect("cameras:grants")
    context = {"form": form, "grant": grant}
    return render(request, "cameras/grant_form.html", context, status=422 if form.errors else 200)


@require_POST
@scope_required(Scope.MEMBERS_WRITE)
def withdraw_grant(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a grant back, and return to the page about whom it was."""
    grant = _grant_or_404(request, pk)
    page, words = _page_about(grant), f"Withdrawn: {grant}."
    places.withdraw_view(grant, actor=actor_of(request))
    messages.success(request, words)
    return redirect(page)


def _grant_or_404(request: HttpRequest, pk: int) -> Grant:
    return get_object_or_404(Grant.objects.visible_to(request.user).select_related(*_FACTS), pk=pk)


def _page_about(grant: Grant) -> str:
    if grant.user_id:
        return reverse("accounts:person", args=[grant.user_id])
    subject = {"role": grant.role.name} if grant.role else {"user_group": str(grant.user_group_id)}
    return f"{reverse('cameras:grants')}?{urlencode(subject)}"


def _offer_places(form: forms.BaseForm, user: User) -> None:
    fields: dict[str, Any] = form.fields
    fields["site"].queryset = Site.objects.visible_to(user)
    fields["group"].queryset = CameraGroup.objects.visible_to(user)


def _named(word: str) -> Q:
    """The condition that subject or place is called so."""
    names = ("user__name", "user__email", "role__label", "user_group__name", "site__name", "group__name")
    condition = Q()
    for name in names:
        condition |= Q(**{f"{name}__icontains": word})
    return condition
