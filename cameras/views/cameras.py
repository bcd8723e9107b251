"""Cameras: the list, enrolment, and a camera's page."""

from collections.abc import Callable
from copy import copy
from functools import partial
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import scope_required
from accounts.audit import actor_of
from accounts.forms import carry_out, posted
from accounts.fragments import page_or_part
from accounts.scopes import Scope
from cameras import enrolment
from cameras.access import camera_or_404
from cameras.choices import CameraStatus
from cameras.enrolment import CameraIsRetired
from cameras.forms import CameraFilter, CameraForm
from cameras.models import Camera, Site

PER_PAGE = 25
_STATUS_CHANGES_SHOWN = 10
form_page = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
@scope_required(Scope.CAMERAS_READ)
def camera_list(request: HttpRequest) -> HttpResponse:
    """Cameras that this person may see; htmx gets the rows and counts only."""
    user = actor_of(request)
    visible = Camera.objects.visible_to(user)
    chosen = CameraFilter(request.GET, user=user)
    found = chosen.chosen_from(visible).select_related("site", "group")
    context = {
        "filter": chosen,
        "page": Paginator(found, PER_PAGE).get_page(request.GET.get("page")),
        "counts": _counts(visible),
    }
    return page_or_part(request, "cameras/camera_list.html", context, part="rows")


@form_page
@scope_required(Scope.CAMERAS_WRITE)
def enrol(request: HttpRequest) -> HttpResponse:
    """Ask for a camera's facts and add it. Whoever may, is sent on to its first stream key."""
    user = actor_of(request)
    form = CameraForm(posted(request), user=user, initial={"site": request.GET.get("site")})
    camera = carry_out(form, partial(enrolment.enrol_camera, actor=user))
    if camera is not None:
        return _to_first_key(camera) if user.has_scope(Scope.STREAM_KEYS_WRITE) else redirect(camera)
    context = {"form": form, "has_sites": Site.objects.visible_to(user).exists()}
    return render(request, "cameras/enrol.html", context, status=_status_of(form))


@require_safe
@scope_required(Scope.CAMERAS_READ)
def detail(request: HttpRequest, public_id: str) -> HttpResponse:
    """A camera's page. What other apps know of it is fetched from them, by the names of their addresses."""
    return _camera_page(request, camera_or_404(request, public_id))


@form_page
@scope_required(Scope.CAMERAS_WRITE)
def edit(request: HttpRequest, public_id: str) -> HttpResponse:
    """Change a camera's facts."""
    camera = camera_or_404(request, public_id)
    form = CameraForm(posted(request), instance=copy(camera), user=actor_of(request))
    try:
        edited = carry_out(form, partial(enrolment.edit_camera, camera, actor=actor_of(request)))
    except CameraIsRetired as error:
        return _refused(request, camera, error)
    if edited is not None:
        return _saved(request, edited)
    return render(request, "cameras/edit.html", {"form": form, "camera": camera}, status=_status_of(form))


@require_safe
@scope_required(Scope.CAMERAS_READ)
def history(request: HttpRequest, public_id: str) -> HttpResponse:
    """When a camera went up and down; the newest first."""
    camera = camera_or_404(request, public_id)
    page = Paginator(camera.status_changes.all(), _STATUS_CHANGES_SHOWN).get_page(request.GET.get("page"))
    return page_or_part(request, "cameras/history.html", {"camera": camera, "page": page}, part="history")


@require_POST
@scope_required(Scope.CAMERAS_WRITE)
def deactivate(request: HttpRequest, public_id: str) -> HttpResponse:
    """Take a camera out of use for a while."""
    return _change(request, public_id, enrolment.deactivate_camera, "{} is deactivated. It can no longer publish.")


@require_POST
@scope_required(Scope.CAMERAS_WRITE)
def reactivate(request: HttpRequest, public_id: str) -> HttpResponse:
    """Put a deactivated camera back into use."""
    return _change(request, public_id, enrolment.reactivate_camera, "{} is in use again.")


@form_page
@scope_required(Scope.CAMERAS_WRITE)
def retire(request: HttpRequest, public_id: str) -> HttpResponse:
    """Say what retiring means, then do it."""
    if request.method != "POST":
        return render(request, "cameras/retire.html", {"camera": camera_or_404(request, public_id)})
    return _change(request, public_id, enrolment.retire_camera, "{} is retired. Its footage stays until it is due.")


def _saved(request: HttpRequest, where: Camera | str) -> HttpResponse:
    messages.success(request, "Saved.")
    return redirect(where)


def _counts(cameras: Any) -> dict[str, int]:
    in_use = cameras.in_use()
    online = Count("pk", filter=Q(active=True, status=CameraStatus.ONLINE))
    offline = Count("pk", filter=Q(active=True, status=CameraStatus.OFFLINE))
    counts: dict[str, int] = in_use.aggregate(all=Count("pk"), online=online, offline=offline)
    return counts


def _to_first_key(camera: Camera) -> HttpResponseRedirect:
    """The browser posts on (307): an address that is only visited issues no key."""
    return HttpResponseRedirect(reverse("streaming:issue-key", args=[camera.public_id]), preserve_request=True)


def _camera_page(request: HttpRequest, camera: Camera, status: int = 200) -> HttpResponse:
    may_play_back = Camera.objects.footage_visible_to(request.user).filter(pk=camera.pk).exists()
    context = {"camera": camera, "may_play_back": may_play_back}
    return render(request, "cameras/detail.html", context, status=status)


def _change(request: HttpRequest, public_id: str, verb: Callable[..., Camera], words: str) -> HttpResponse:
    camera = camera_or_404(request, public_id)
    try:
        verb(camera, actor=actor_of(request))
    except CameraIsRetired as error:
        return _refused(request, camera, error)
    messages.success(request, words.format(camera.name))
    return redirect(camera)


def _refused(request: HttpRequest, camera: Camera, error: CameraIsRetired) -> HttpResponse:
    messages.error(request, str(error))
    return _camera_page(request, camera, status=409)


def _status_of(form: BaseForm) -> int:
    return 422 if form.errors else 200
