"""Door for players: playlists and init segments of recorded footage, and where nginx finds the bytes.

The lock is the playback token in the path. Whatever is wrong with it, the answer is the same 403, which does not tell
whether there is such a camera.
"""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Concatenate, ParamSpec
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseForbidden, JsonResponse
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_safe

from accounts.access import name_lock
from accounts.addresses import client_address
from cameras.models import Camera
from recordings import playback
from recordings.models import Recording
from recordings.ranges import BadRange
from streaming import viewing
from streaming.access import node_secret_required

P = ParamSpec("P")
_TITLES = {
    "bad-range": "The range cannot be answered",
    "nothing-recorded": "There is no footage",
    "not-found": "There is no such thing",
}


def playback_token_required(
    view: Callable[Concatenate[HttpRequest, Camera, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, str, str, P], HttpResponse]:
    """Opens for a valid token of kind "rec" for the camera in the path."""

    @wraps(view)
    def locked(request: HttpRequest, token: str, public_id: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            _, camera = viewing.viewer_of(
                token, kind="rec", camera_public_id=public_id, address=client_address(request)
            )
        except viewing.ViewerRefused:
            return HttpResponseForbidden("This playback token does not open this.\n", content_type="text/plain")
        return view(request, camera, *args, **kwargs)

    locked_view: Callable[Concatenate[HttpRequest, str, str, P], HttpResponse] = name_lock(locked, "playback-token")
    return locked_view


@require_safe
@playback_token_required
def playlist(request: HttpRequest, camera: Camera) -> HttpResponse:
    """`?start=…&end=…` (ISO 8601 with time zone) as an HLS playlist; 404 without footage, 400 for a bad range."""
    try:
        start, end = _instant(request, "start"), _instant(request, "end")
        text = playback.playlist_of(camera, start, end)
    except BadRange as error:
        return _problem(400, "bad-range", str(error), pointer=error.field)
    except playback.NothingRecorded as error:
        return _problem(404, "nothing-recorded", str(error))
    return HttpResponse(text, content_type="application/vnd.apple.mpegurl", headers={"Cache-Control": "no-store"})


@require_safe
@playback_token_required
def init_segment(request: HttpRequest, camera: Camera, recording_id: UUID) -> HttpResponse:
    """The head of a recording's file."""
    recording = Recording.objects.filter(camera=camera, pk=recording_id).first()
    data = playback.init_segment_of(recording) if recording else None
    if data is None:
        return _problem(404, "not-found", "There is no such recording.")
    return HttpResponse(data, content_type="video/mp4", headers={"Cache-Control": "private, max-age=3600, immutable"})


@node_secret_required("GET")
def playback_authorization(request: HttpRequest) -> HttpResponse:
    """nginx asks once per token, scope, player's address and some seconds: 200, with the path of recorded bytes, or 403."""
    kind, _, rest = request.headers.get("X-Playback-Scope", "").partition("/")
    public_id, _, recording_id = rest.partition("/")
    token = request.headers.get("X-Playback-Token", "")
    address = request.headers.get("X-Playback-Address")
    try:
        if kind == "live":
            viewing.viewer_of(token, kind="live", camera_public_id=public_id, address=address)
            return HttpResponse()
        _, camera = viewing.viewer_of(token, kind="rec", camera_public_id=public_id, address=address)
        recording = Recording.objects.filter(camera=camera, pk=UUID(recording_id)).first()
    except (viewing.ViewerRefused, ValueError):
        return HttpResponseForbidden()
    path = playback.media_path_of(recording) if recording else None
    return HttpResponse(headers={"X-Media-Path": str(path)}) if path else HttpResponseForbidden()


def _instant(request: HttpRequest, field: str) -> datetime:
    text = request.GET.get(field, "").replace(" ", "+")  # a + that was not escaped arrives as a space
    try:
        instant = parse_datetime(text)
    except ValueError:
        instant = None
    if instant is None:
        raise BadRange(field, f"Write {field} as an ISO 8601 instant, for example 2030-01-31T12:00:00Z.")
    return instant


def _problem(status: int, kind: str, detail: str, *, pointer: str = "") -> JsonResponse:
    """Problem details (RFC 9457) for players, in the API's shape."""
    facts = {"type": f"urn:vms:problem:{kind}", "title": _TITLES[kind], "status": status, "detail": detail}
    if pointer:
        facts["errors"] = [{"pointer": f"/{pointer}", "code": kind, "message": detail}]
    return JsonResponse(facts, status=status, content_type="application/problem+json")
