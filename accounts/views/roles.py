"""Roles: the list, and one of them with its scopes to tick."""

from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import roles
from accounts.access import scope_required
from accounts.audit import actor_of
from accounts.delegation import ChangeRefused
from accounts.forms import Styled, carry_out, posted
from accounts.models import Role
from accounts.scopes import AREAS, CHOICES, WORDS, Scope

form_page = require_http_methods(["GET", "HEAD", "POST"])


class RoleForm(Styled, forms.Form):
    """What a role is called and allows."""

    label = forms.CharField(label="Name", max_length=80, help_text="As people read it: Night guard")
    scopes = forms.MultipleChoiceField(choices=CHOICES, required=False, widget=forms.CheckboxSelectMultiple)
    requires_second_factor = forms.BooleanField(
        label="Requires a second factor", required=False, help_text="People with this role must enrol one to go on."
    )

    @property
    def areas(self) -> list[tuple[str, list[dict[str, Any]]]]:
        """The boxes, those about the same thing together."""
        ticked = set(self["scopes"].value() or ())
        return [(area, [_box(scope, scope in ticked) for scope in scopes]) for area, scopes in AREAS.items()]


class NewRoleForm(RoleForm):
    """A role that there is not yet."""

    field_order = ("label", "name")
    name = forms.SlugField(
        label="Short name", max_length=50, help_text="As programs call it: night-guard. It stays as it is."
    )


@require_safe
@scope_required(Scope.MEMBERS_READ)
def role_list(request: HttpRequest) -> HttpResponse:
    """Roles with what they allow, in words. They are few, so there is one page of them."""
    rows = Role.objects.visible_to(request.user).annotate(member_count=Count("members")).order_by("-builtin", "label")
    told = [(role, [words for scope, words in CHOICES if scope in role.scopes]) for role in rows]
    return render(request, "accounts/roles.html", {"roles": told, "all_scopes": len(CHOICES)})


@form_page
@scope_required(Scope.MEMBERS_WRITE)
def add_role(request: HttpRequest) -> HttpResponse:
    """Make a role, perhaps beginning with what another allows: `?like=viewer`."""
    alike = Role.objects.visible_to(request.user).filter(name=request.GET.get("like", "").replace("\x00", "")).first()
    form = NewRoleForm(posted(request), initial={"scopes": alike.scopes if alike else []})
    made = carry_out(form, partial(roles.add_role, actor=actor_of(request)))
    if made is not None:
        messages.success(request, f"The role {made} was added.")
        return redirect("accounts:roles")
    return render(request, "accounts/role_form.html", {"form": form}, status=422 if form.errors else 200)


@form_page
@scope_required(Scope.MEMBERS_READ)
def role(request: HttpRequest, pk: int) -> HttpResponse:
    """What a role allows; who may, changes it here."""
    one = _role_or_404(request, pk)
    if request.method == "POST" and not actor_of(request).has_scope(Scope.MEMBERS_WRITE):
        raise PermissionDenied("Your role does not allow this. Ask an administrator.")
    form = RoleForm(posted(request), initial=_facts(one))
    if one.builtin:
        del form.fields["label"], form.fields["scopes"]
    if carry_out(form, partial(roles.edit_role, one, actor=actor_of(request))):
        messages.success(request, "Saved. It counts from now on.")
        return redirect("accounts:roles")
    return _page(request, one, form, 422 if form.errors else 200)


@require_POST
@scope_required(Scope.MEMBERS_WRITE)
def remove_role(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove a role that nobody has."""
    one = _role_or_404(request, pk)
    try:
        roles.remove_role(one, actor=actor_of(request))
    except ChangeRefused as error:
        messages.error(request, str(error))
        return _page(request, one, RoleForm(initial=_facts(one)), 409)
    messages.success(request, f"The role {one} is removed.")
    return redirect("accounts:roles")


def _role_or_404(request: HttpRequest, pk: int) -> Role:
    rows: Any = Role.objects.visible_to(request.user).annotate(member_count=Count("members"))
    found: Role = get_object_or_404(rows, pk=pk)
    return found


def _facts(one: Role) -> dict[str, Any]:
    return {"label": one.label, "scopes": one.scopes, "requires_second_factor": one.requires_second_factor}


def _page(request: HttpRequest, one: Role, form: RoleForm, status: int) -> HttpResponse:
    held = [(area, [_box(scope, scope in one.scopes) for scope in scopes]) for area, scopes in AREAS.items()]
    context = {"role": one, "form": form, "held": held}
    return render(request, "accounts/role_form.html", context, status=status)


def _box(scope: Scope, ticked: bool) -> dict[str, Any]:
    return {"scope": scope.value, "words": WORDS[scope.value], "ticked": ticked}
