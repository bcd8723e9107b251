"""Doors for people: who published as a camera, who was refused, what is wrong."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from accounts.access import scope_required
from accounts.fragments import page_or_part
from accounts.scopes import Scope
from cameras.access import camera_or_404
from streaming.models import PublishAttempt, PublishSession

_ROWS = 10


@require_safe
@scope_required(Scope.CAMERAS_READ)
def sessions(request: HttpRequest, public_id: str) -> HttpResponse:
    """The camera's publishes; the newest first."""
    camera = camera_or_404(request, public_id)
    of_camera = PublishSession.objects.visible_to(request.user).filter(camera=camera)
    page = Paginator(of_camera, _ROWS).get_page(request.GET.get("page"))
    return page_or_part(request, "streaming/sessions.html", {"camera": camera, "page": page}, part="sessions")


@require_safe
@scope_required(Scope.CAMERAS_READ)
def attempts(request: HttpRequest, public_id: str) -> HttpResponse:
    """Why the camera was refused; the newest first."""
    camera = camera_or_404(request, public_id)
    of_camera = PublishAttempt.objects.visible_to(request.user).filter(camera=camera)
    page = Paginator(of_camera, _ROWS).get_page(request.GET.get("page"))
    return page_or_part(request, "streaming/attempts.html", {"camera": camera, "page": page}, part="attempts")


@require_safe
@scope_required(Scope.CAMERAS_READ)
def trouble(request: HttpRequest, public_id: str) -> HttpResponse:
    """What is wrong with a camera that is connected but shows nothing; empty when nothing is."""
    camera = camera_or_404(request, public_id)
    context = {"camera": camera, "session": camera.publish_sessions.open_now().exclude(trouble="").first()}
    return page_or_part(request, "streaming/trouble.html", context, part="trouble")
