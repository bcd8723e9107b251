"""Sites and camera groups."""

from collections.abc import Callable
from copy import copy
from functools import partial

from django.contrib import messages
from django.db.models import Count, Q
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import scope_required
from accounts.audit import actor_of
from accounts.forms import carry_out, posted
from accounts.scopes import Scope
from cameras import places
from cameras.forms import GroupForm, SiteForm
from cameras.models import CameraGroup, Site
from cameras.places import PlaceIsInUse

form_page = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
@scope_required(Scope.CAMERAS_WRITE)
def places_page(request: HttpRequest) -> HttpResponse:
    """Sites and camera groups, with how many cameras each has."""
    in_use = Count("cameras", filter=Q(cameras__retired_at__isnull=True), distinct=True)
    context = {
        "sites": Site.objects.visible_to(request.user).annotate(camera_count=in_use),
        "groups": CameraGroup.objects.visible_to(request.user).select_related("parent").annotate(camera_count=in_use),
    }
    return render(request, "cameras/places.html", context)


@form_page
@scope_required(Scope.CAMERAS_WRITE)
def add_site(request: HttpRequest) -> HttpResponse:
    """Add a site; `?next=` goes back to where it was missing, with the new site chosen."""
    form = SiteForm(posted(request))
    site = carry_out(form, partial(places.add_site, actor=actor_of(request)))
    if site is not None:
        return _saved(request, _next_address(request, site))
    return render(request, "cameras/site_form.html", {"form": form, "site": None}, status=_status_of(form))


@form_page
@scope_required(Scope.CAMERAS_WRITE)
def edit_site(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a site."""
    site = get_object_or_404(Site.objects.visible_to(request.user), pk=pk)
    form = SiteForm(posted(request), instance=copy(site))
    if carry_out(form, partial(places.edit_site, site, actor=actor_of(request))):
        return _saved(request, "cameras:places")
    return render(request, "cameras/site_form.html", {"form": form, "site": site}, status=_status_of(form))


@form_page
@scope_required(Scope.CAMERAS_WRITE)
def add_group(request: HttpRequest) -> HttpResponse:
    """Add a camera group."""
    form = GroupForm(posted(request), user=actor_of(request))
    if carry_out(form, partial(places.add_group, actor=actor_of(request))):
        return _saved(request, "cameras:places")
    return render(request, "cameras/group_form.html", {"form": form, "group": None}, status=_status_of(form))


@form_page
@scope_required(Scope.CAMERAS_WRITE)
def edit_group(request: HttpRequest, pk: int) -> HttpResponse:
    """Rename or move a camera group."""
    group = get_object_or_404(CameraGroup.objects.visible_to(request.user), pk=pk)
    form = GroupForm(posted(request), instance=copy(group), user=actor_of(request))
    if carry_out(form, partial(places.edit_group, group, actor=actor_of(request))):
        return _saved(request, "cameras:places")
    return render(request, "cameras/group_form.html", {"form": form, "group": group}, status=_status_of(form))


def _saved(request: HttpRequest, where: str) -> HttpResponse:
    messages.success(request, "Saved.")
    return redirect(where)


@require_POST
@scope_required(Scope.CAMERAS_WRITE)
def remove_site(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove a site where no camera is."""
    site = get_object_or_404(Site.objects.visible_to(request.user), pk=pk)
    return _removed(request, partial(places.remove_site, site), site.name, reverse("cameras:edit-site", args=[pk]))


@require_POST
@scope_required(Scope.CAMERAS_WRITE)
def remove_group(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove a group that nothing is in."""
    group = get_object_or_404(CameraGroup.objects.visible_to(request.user), pk=pk)
    return _removed(request, partial(places.remove_group, group), group.name, reverse("cameras:edit-group", args=[pk]))


def _removed(request: HttpRequest, verb: Callable[..., None], name: str, back: str) -> HttpResponse:
    try:
        verb(actor=actor_of(request))
    except PlaceIsInUse as error:
        messages.error(request, str(error))
        return redirect(back)
    messages.success(request, f"{name} is removed.")
    return redirect("cameras:places")


def _next_address(request: HttpRequest, site: Site) -> str:
    address = request.GET.get("next", "")
    if url_has_allowed_host_and_scheme(address, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        return f"{address}?{urlencode({'site': site.pk})}"
    return reverse("cameras:places")


def _status_of(form: BaseForm) -> int:
    return 422 if form.errors else 200
