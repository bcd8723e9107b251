"""Doors for people: connecting a camera, its keys, an address for a phone."""

from functools import partial

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import scope_required
from accounts.audit import actor_of
from accounts.forms import carry_out, posted
from accounts.fragments import page_or_part
from accounts.scopes import Scope
from cameras.access import camera_or_404
from cameras.models import Camera
from streaming import publish_addresses, stream_keys
from streaming.ffmpeg.commands import publish_picture_command, shell_line
from streaming.forms import KeyForm, TemporaryKeyForm
from streaming.models import StreamKey
from streaming.stream_keys import IssuedKey

_ROWS = 10
_LATEST_ATTEMPTS = 3
form_page = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
@scope_required(Scope.CAMERAS_READ, Scope.STREAM_KEYS_WRITE)
def connect(request: HttpRequest, public_id: str) -> HttpResponse:
    """What to enter into the camera, without the key, and whether it has come."""
    return _connect_page(request, camera_or_404(request, public_id))


@require_safe
@scope_required(Scope.CAMERAS_READ, Scope.STREAM_KEYS_WRITE)
def connection(request: HttpRequest, public_id: str) -> HttpResponse:
    """Whether the camera has come, or why not."""
    camera = camera_or_404(request, public_id)
    context = {"camera": camera, **_connection(camera)}
    return page_or_part(request, "streaming/connection.html", context, part="state")


@never_cache
@form_page
@scope_required(Scope.CAMERAS_READ, Scope.STREAM_KEYS_WRITE)
def issue_key(request: HttpRequest, public_id: str) -> HttpResponse:
    """Issue a key, and show it in this answer only: it is kept nowhere."""
    camera = camera_or_404(request, public_id)
    if camera.retired_at is not None:
        return _connect_page(request, camera, status=409)
    form = KeyForm(posted(request), camera=camera)
    issued = carry_out(form, partial(stream_keys.rotate_key, camera, actor=actor_of(request)))
    if issued is not None:
        return _connect_page(request, camera, key=issued.secret)
    if form.is_outdated:
        return _connect_page(request, camera, status=409, shown_before=True)
    context = {"form": form, "camera": camera}
    return render(request, "streaming/issue_key.html", context, status=422 if form.errors else 200)


@require_safe
@scope_required(Scope.CAMERAS_READ, Scope.STREAM_KEYS_WRITE)
def keys(request: HttpRequest, public_id: str) -> HttpResponse:
    """The camera's publish addresses and its keys, of which only the last letters are known."""
    camera = camera_or_404(request, public_id)
    of_camera = StreamKey.objects.visible_to(request.user).filter(camera=camera)
    node = publish_addresses.node_for(camera)
    context = {
        "camera": camera,
        "addresses": publish_addresses.addresses_of(camera, node) if node else [],
        "page": Paginator(of_camera, _ROWS).get_page(request.GET.get("page")),
        "now": timezone.now(),
    }
    return page_or_part(request, "streaming/keys.html", context, part="keys")


@form_page
@scope_required(Scope.CAMERAS_READ, Scope.STREAM_KEYS_WRITE)
def revoke_key(request: HttpRequest, public_id: str, pk: int) -> HttpResponse:
    """Say what revoking means, then do it."""
    camera = camera_or_404(request, public_id)
    key = get_object_or_404(StreamKey.objects.visible_to(request.user), camera=camera, pk=pk)
    if request.method != "POST":
        context = {"camera": camera, "key": key, "is_in_use": key.publish_sessions.open_now().exists()}
        return render(request, "streaming/revoke_key.html", context)
    stream_keys.revoke_key(key, actor=actor_of(request))
    messages.success(request, f"The key ending in {key.hint} is revoked.")
    return redirect(camera)


@never_cache
@form_page
@scope_required(Scope.CAMERAS_READ, Scope.STREAM_KEYS_WRITE)
def temporary_address(request: HttpRequest, public_id: str) -> HttpResponse:
    """Make an address for a phone or a drone that ends by itself, and show it in this answer only."""
    camera = camera_or_404(request, public_id)
    if camera.retired_at is not None:
        return _connect_page(request, camera, status=409)
    form = TemporaryKeyForm(posted(request))
    issued = carry_out(form, partial(stream_keys.issue_temporary_key, camera, actor=actor_of(request)))
    context = {"camera": camera, "form": form, "issued": issued, "addresses": _addresses_with(camera, issued)}
    return render(request, "streaming/temporary_address.html", context, status=422 if form.errors else 200)


def _connect_page(
    request: HttpRequest, camera: Camera, *, key: str | None = None, shown_before: bool = False, status: int = 200
) -> HttpResponse:
    node = publish_addresses.node_for(camera)
    shown = key or publish_addresses.KEY_PLACEHOLDER
    addresses = publish_addresses.addresses_of(camera, node, key=shown) if node else []
    context = {
        "camera": camera,
        "key": key,
        "shown_before": shown_before,
        "addresses": addresses,
        "ffmpeg_line": shell_line(publish_picture_command("ffmpeg", addresses[0].url)) if addresses else "",
        **_connection(camera),
    }
    return render(request, "streaming/connect.html", context, status=status)


def _connection(camera: Camera) -> dict[str, object]:
    """The open session, or the last refusals that came after the last session."""
    session = camera.publish_sessions.first()
    refusals = camera.publish_attempts.all()
    if session is not None:
        refusals = refusals.filter(last_at__gt=session.admitted_at)
    return {
        "session": session if session and session.ended_at is None else None,
        "refusals": refusals[:_LATEST_ATTEMPTS],
    }


def _addresses_with(camera: Camera, issued: IssuedKey | None) -> list[publish_addresses.PublishAddress]:
    node = publish_addresses.node_for(camera)
    return publish_addresses.addresses_of(camera, node, key=issued.secret) if node and issued else []
