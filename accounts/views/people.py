"""People: the list, one of them, adding and changing them."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import audit, delegation, enrolling, invitations, membership, sessions, user_groups
from accounts.access import elevation_required, scope_required
from accounts.audit import actor_of
from accounts.delegation import ChangeRefused
from accounts.forms import Styled, carry_out, posted
from accounts.fragments import page_or_part
from accounts.models import Role, User, UserGroup
from accounts.scopes import AREAS, Scope

PER_PAGE = 25
_SEARCH = {"type": "search", "placeholder": "Name or e-mail address", "autocomplete": "off"}
_STATES: dict[str, tuple[str, dict[str, bool]]] = {
    "": ("Active", {"is_active": True}),
    "bare": ("Without a second factor", {"is_active": True, "is_service": False, "second_factor": False}),
    "service": ("Service accounts", {"is_service": True}),
    "disabled": ("Disabled", {"is_active": False}),
    "all": ("All", {}),
}
form_page = require_http_methods(["GET", "HEAD", "POST"])


class PeopleFilter(Styled, forms.Form):
    """Whom the list shows. Disabled ones only when asked for."""

    q = forms.CharField(label="Search", required=False, max_length=200, widget=forms.TextInput(attrs=_SEARCH))
    role = forms.ModelChoiceField(Role.objects.all(), to_field_name="name", required=False, empty_label="All roles")
    state = forms.ChoiceField(required=False, choices=[(name, label) for name, (label, _) in _STATES.items()])

    @property
    def is_narrowed(self) -> bool:
        """Whether anything is filtered."""
        return any(self.data.get(name) for name in self.fields)

    def chosen_from(self, people: Any) -> Any:
        """The people who fit; a filter that makes no sense finds nobody."""
        if not self.is_valid():
            return people.none()
        wanted = self.cleaned_data
        found = people.matching(wanted["q"]).filter(**_STATES[wanted["state"]][1])
        return found.filter(role=wanted["role"]) if wanted["role"] else found


class PersonForm(Styled, forms.ModelForm[User]):
    """Name, address and role."""

    class Meta:
        model = User
        fields = ("name", "email", "role")

    def _post_clean(self) -> None:
        """The verb validates, and finds the address taken whatever its capitals."""


class NewPersonForm(PersonForm):
    """Somebody who has no account yet."""

    is_service = forms.BooleanField(
        label="A program, not a person",
        required=False,
        help_text="A service account uses API tokens. It has no password and cannot sign in here.",
    )


class JoinForm(Styled, forms.Form):
    """A group to put somebody into."""

    group = forms.ModelChoiceField(UserGroup.objects.none(), empty_label="Choose a group")

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["group"].queryset = UserGroup.objects.exclude(members=person)  # type: ignore[attr-defined]


@require_safe
@scope_required(Scope.MEMBERS_READ)
def people(request: HttpRequest) -> HttpResponse:
    """Everybody who has an account; htmx gets the rows only."""
    known = User.objects.visible_to(request.user).select_related("role").with_second_factor()
    chosen = PeopleFilter(request.GET)
    page = Paginator(chosen.chosen_from(known).order_by("name", "pk"), PER_PAGE).get_page(request.GET.get("page"))
    return page_or_part(request, "accounts/people.html", {"filter": chosen, "page": page}, part="rows")


@form_page
@scope_required(Scope.MEMBERS_WRITE)
@elevation_required
def add_person(request: HttpRequest) -> HttpResponse:
    """Make an account and send its owner an invitation. An account outlives the session in which it was made."""
    form = NewPersonForm(posted(request), initial={"role": _fewest_scopes()})
    made = carry_out(form, partial(_add_and_invite, request))
    if made is not None:
        messages.success(request, _added(made))
        return redirect("accounts:person", made.pk)
    return render(request, "accounts/person_form.html", {"form": form}, status=422 if form.errors else 200)


@require_safe
@scope_required(Scope.MEMBERS_READ)
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """One person. What they see is fetched from the floor above, by the name of its address."""
    return _page(request, _person_or_404(request, pk))


@form_page
@scope_required(Scope.MEMBERS_WRITE)
@elevation_required
def edit_person(request: HttpRequest, pk: int) -> HttpResponse:
    """Change name, address and role."""
    somebody = _person_or_404(request, pk)
    facts = {"name": somebody.name, "email": somebody.email, "role": somebody.role_id}
    form = PersonForm(posted(request), initial=facts)
    if carry_out(form, partial(_edit, somebody, actor=actor_of(request))):
        messages.success(request, "Saved.")
        return redirect("accounts:person", pk)
    context = {"form": form, "person": somebody}
    return render(request, "accounts/person_form.html", context, status=422 if form.errors else 200)


@require_POST
@scope_required(Scope.MEMBERS_WRITE)
def change_person(request: HttpRequest, pk: int, change: str) -> HttpResponse:
    """One of the things that can be done to an account by one button."""
    somebody, actor = _person_or_404(request, pk), actor_of(request)
    verbs: dict[str, tuple[Callable[[], object], str]] = {
        "disable": (partial(membership.disable_member, somebody, actor=actor), "{} can no longer sign in."),
        "enable": (partial(membership.enable_member, somebody, actor=actor), "{} can sign in again."),
        "invite": (
            partial(invitations.invite, somebody, absolute=request.build_absolute_uri, actor=actor),
            "A letter is on its way to {}.",
        ),
        "sign-out": (partial(_sign_out, somebody, actor=actor), "{} is signed out everywhere."),
        "forget-factors": (partial(enrolling.remove_all, somebody, actor=actor), "{} has no second factor any more."),
    }
    verb, words = verbs[change]
    return _carried_out(request, somebody, verb, words.format(somebody.name))


@require_POST
@scope_required(Scope.MEMBERS_WRITE)
def join_group(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a person into a group."""
    somebody = _person_or_404(request, pk)
    form = JoinForm(request.POST, person=somebody)
    if not form.is_valid():
        return _page(request, somebody, join=form, status=422)
    group = form.cleaned_data["group"]
    verb = partial(user_groups.add_members, group, [somebody], actor=actor_of(request))
    return _carried_out(request, somebody, verb, f"{somebody.name} belongs to {group} now.")


@require_POST
@scope_required(Scope.MEMBERS_WRITE)
def leave_group(request: HttpRequest, pk: int, group: int) -> HttpResponse:
    """Take a person out of a group."""
    somebody = _person_or_404(request, pk)
    left = get_object_or_404(UserGroup.objects.visible_to(request.user), pk=group)
    verb = partial(user_groups.remove_members, left, [somebody], actor=actor_of(request))
    return _carried_out(request, somebody, verb, f"{somebody.name} does not belong to {left} any more.")


def _person_or_404(request: HttpRequest, pk: int) -> User:
    known: Any = User.objects.visible_to(request.user).select_related("role").with_second_factor()
    found: User = get_object_or_404(known, pk=pk)
    return found


def _page(request: HttpRequest, somebody: User, join: JoinForm | None = None, status: int = 200) -> HttpResponse:
    held = {
        name: [words for scope, words in area.items() if scope in somebody.role.scopes] for name, area in AREAS.items()
    }
    context = {
        "person": somebody,
        "groups": somebody.user_groups.all(),
        "join": join or JoinForm(person=somebody),
        "held": {name: words for name, words in held.items() if words},
        "open_sessions": sessions.open_sessions(somebody).count(),
        "is_self": somebody.pk == audit.actor_of(request).pk,
    }
    return render(request, "accounts/person.html", context, status=status)


def _carried_out(request: HttpRequest, somebody: User, verb: Callable[[], object], words: str) -> HttpResponse:
    try:
        verb()
    except ChangeRefused as error:
        messages.error(request, str(error))
        return _page(request, somebody, status=409)
    messages.success(request, words)
    return redirect("accounts:person", somebody.pk)


@transaction.atomic
def _add_and_invite(request: HttpRequest, **facts: Any) -> User:
    made = membership.add_member(password=None, actor=actor_of(request), **facts)
    if not made.is_service:
        invitations.invite(made, absolute=request.build_absolute_uri, actor=actor_of(request))
    return made


@transaction.atomic
def _edit(somebody: User, *, name: str, email: str, role: Role, actor: User) -> User:
    membership.edit_member(somebody, name=name, email=email, actor=actor)
    membership.give_role(somebody, role, actor=actor)
    return somebody


def _sign_out(somebody: User, *, actor: User) -> None:
    delegation.check_may_change(actor, somebody)
    sessions.end_all(somebody, actor=actor)


def _added(made: User) -> str:
    if made.is_service:
        return f"{made.name} was added. Issue an API token for it, and grant it what it shall see."
    return f"{made.name} was added. A letter is on its way to {made.email}."


def _fewest_scopes() -> Role | None:
    """What a new person is offered first: as little as possible."""
    roles = list(Role.objects.all())
    return next((role for role in roles if role.name == "viewer"), roles[0] if roles else None)
