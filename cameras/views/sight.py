"""What a person sees, and why: counts, grants, places, and the answer about one camera."""

from typing import Any

from django import forms
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from accounts.access import scope_required
from accounts.audit import actor_of
from accounts.forms import Styled
from accounts.fragments import page_or_part
from accounts.models import User
from accounts.scopes import Scope
from cameras import sight
from cameras.models import Camera

PER_PAGE = 15
_FEW = 5
_SEARCH = {"type": "search", "placeholder": "Name, serial number or public id", "autocomplete": "off"}


class WhyForm(Styled, forms.Form):
    """The camera that is asked about, in words; a list of all would be too long to choose from."""

    camera = forms.CharField(label="Camera", required=False, max_length=200, widget=forms.TextInput(attrs=_SEARCH))


@require_safe
@scope_required(Scope.MEMBERS_READ)
def sight_page(request: HttpRequest, pk: int) -> HttpResponse:
    """What the person sees by which grants, and where; `?camera=` asks about one."""
    asker = actor_of(request)
    person: User = get_object_or_404(User.objects.visible_to(asker).select_related("role"), pk=pk)
    grants = _page(request, "grants", sight.grants_of(person, asker=asker))
    counts = sight.cameras_under(list(grants), asker=asker)
    context: dict[str, Any] = {
        "person": person,
        "sees_every_camera": person.has_role_for_every_camera,
        "counts": sight.count_seen(person, asker=asker),
        "grants": [(grant, counts[grant.pk]) for grant in grants],
        "grants_page": grants,
        "sites": _counted(request, "sites", sight.sites_seen(person, asker=asker), person),
        "groups": _counted(request, "groups", sight.groups_seen(person, asker=asker), person),
        "form": WhyForm(request.GET),
        "verdicts": _verdicts(person, asker, request.GET.get("camera", "")[:200]),
    }
    return page_or_part(request, "cameras/sight.html", context, part="seen")


def _verdicts(person: User, asker: User, words: str) -> list[sight.Verdict] | None:
    """About the first few cameras that the words fit; None when nothing was asked."""
    if not words.strip():
        return None
    found = Camera.objects.in_use().visible_to(asker).matching(words).select_related("site", "group")
    return [sight.explain(person, camera, asker=asker) for camera in found[:_FEW]]


def _counted(request: HttpRequest, name: str, places: Any, person: User) -> Page[Any]:
    page = _page(request, name, places)
    page.object_list = list(page.object_list)
    sight.count_in(page.object_list, person, asker=actor_of(request))
    return page


def _page(request: HttpRequest, name: str, rows: Any) -> Page[Any]:
    """Three lists are on the page; each turns by itself."""
    return Paginator(rows, PER_PAGE).get_page(request.GET.get(name))
