"""Groups of people: the list, one of them and who belongs to it."""

from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import user_groups
from accounts.access import scope_required
from accounts.audit import actor_of
from accounts.forms import Styled, carry_out, posted
from accounts.fragments import page_or_part
from accounts.models import User, UserGroup
from accounts.scopes import Scope

PER_PAGE = 25
form_page = require_http_methods(["GET", "HEAD", "POST"])


class GroupForm(Styled, forms.Form):
    """What a group is called."""

    name = forms.CharField(max_length=80, help_text="For example Night shift, or Guards of the harbour")


class MemberForm(Styled, forms.Form):
    """Whom to put into a group, by address: a list of everybody would be too long to choose from."""

    email = forms.EmailField(
        label="E-mail address", widget=forms.EmailInput(attrs={"autocomplete": "off", "placeholder": "Whom to add"})
    )

    def clean_email(self) -> str:
        """Keep the person. Raises ValidationError when nobody has the address."""
        email = str(self.cleaned_data["email"])
        self.person = User.objects.filter(email__iexact=email).first()
        if self.person is None:
            raise forms.ValidationError("Nobody has this e-mail address.", code="nobody")
        return email


@require_safe
@scope_required(Scope.MEMBERS_READ)
def groups(request: HttpRequest) -> HttpResponse:
    """Groups of people with how many belong to each."""
    known = UserGroup.objects.visible_to(request.user).annotate(member_count=Count("members")).order_by("name", "pk")
    page = Paginator(known, PER_PAGE).get_page(request.GET.get("page"))
    return page_or_part(request, "accounts/user_groups.html", {"page": page}, part="rows")


@form_page
@scope_required(Scope.MEMBERS_WRITE)
def add_group(request: HttpRequest) -> HttpResponse:
    """Make a group; people are added on its page."""
    form = GroupForm(posted(request))
    made = carry_out(form, partial(user_groups.add_user_group, actor=actor_of(request)))
    if made is not None:
        messages.success(request, f"{made} was added. Now say who belongs to it.")
        return redirect("accounts:user-group", made.pk)
    return render(request, "accounts/user_group_form.html", {"form": form}, status=422 if form.errors else 200)


@form_page
@scope_required(Scope.MEMBERS_READ)
def group(request: HttpRequest, pk: int) -> HttpResponse:
    """Who belongs to a group; posting an address adds its owner."""
    one = _group_or_404(request, pk)
    form = MemberForm(posted(request))
    if request.method == "POST":
        _check_may_write(request)
    if carry_out(form, lambda email: [user_groups.add_members(one, [form.person], actor=actor_of(request))]):
        messages.success(request, f"{form.person} belongs to {one} now.")
        return redirect("accounts:user-group", pk)
    return _page(request, one, form)


@form_page
@scope_required(Scope.MEMBERS_WRITE)
def edit_group(request: HttpRequest, pk: int) -> HttpResponse:
    """Rename a group."""
    one = _group_or_404(request, pk)
    form = GroupForm(posted(request), initial={"name": one.name})
    if carry_out(form, partial(user_groups.edit_user_group, one, actor=actor_of(request))):
        messages.success(request, "Saved.")
        return redirect("accounts:user-group", pk)
    context = {"form": form, "group": _group_or_404(request, pk)}
    return render(request, "accounts/user_group_form.html", context, status=422 if form.errors else 200)


@form_page
@scope_required(Scope.MEMBERS_WRITE)
def remove_group(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what removing means, then do it."""
    one = _group_or_404(request, pk)
    if request.method != "POST":
        return render(request, "accounts/user_group_remove.html", {"group": one})
    user_groups.remove_user_group(one, actor=actor_of(request))
    messages.success(request, f"{one} is removed.")
    return redirect("accounts:user-groups")


@require_POST
@scope_required(Scope.MEMBERS_WRITE)
def remove_member(request: HttpRequest, pk: int, person: int) -> HttpResponse:
    """Take somebody out of a group."""
    one = _group_or_404(request, pk)
    member: User = get_object_or_404(one.members.all(), pk=person)
    user_groups.remove_members(one, [member], actor=actor_of(request))
    messages.success(request, f"{member} does not belong to {one} any more.")
    return redirect("accounts:user-group", pk)


def _group_or_404(request: HttpRequest, pk: int) -> UserGroup:
    return get_object_or_404(UserGroup.objects.visible_to(request.user), pk=pk)


def _check_may_write(request: HttpRequest) -> None:
    """Raise PermissionDenied: a page that many read is changed by few."""
    if not actor_of(request).has_scope(Scope.MEMBERS_WRITE):
        raise PermissionDenied("Your role does not allow this. Ask an administrator.")


def _page(request: HttpRequest, one: UserGroup, form: MemberForm) -> HttpResponse:
    members: Any = one.members.select_related("role").order_by("name", "pk")
    page = Paginator(members, PER_PAGE).get_page(request.GET.get("page"))
    context = {"group": one, "page": page, "form": form}
    return page_or_part(
        request, "accounts/user_group.html", context, part="members", status=422 if form.errors else 200
    )
