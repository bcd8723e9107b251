"""Doors for people: playback of a day, stream health, the recording switch, storage."""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.access import scope_required
from accounts.audit import actor_of
from accounts.fragments import page_or_part
from accounts.scopes import Scope
from cameras.access import camera_or_404
from cameras.models import Camera
from recordings import disk_space, hints, policies, tiers
from recordings.choices import RecordingMode, RecordingSource
from recordings.day_table import rows_of
from recordings.forms import DayForm, ModeForm, SourceForm
from recordings.health import read_health
from recordings.local_days import bounds_of
from recordings.models import StorageTier

_ROWS = 50


@dataclass(frozen=True, slots=True)
class TierRoom:
    """A tier and its free bytes; None where this machine cannot see its folder. `alarm` says why nothing is recorded."""

    tier: StorageTier
    free_bytes: int | None
    is_short: bool
    alarm: str


@require_safe
@scope_required(Scope.CAMERAS_READ, Scope.RECORDINGS_READ)
def playback(request: HttpRequest, public_id: str) -> HttpResponse:
    """A day of a camera: player, timeline, and a table of what there is and what is missing."""
    camera = camera_or_404(request, public_id, with_footage=True)
    form = DayForm(request.GET, site=camera.site)
    if not form.is_valid():
        return render(request, "recordings/bad_day.html", {"camera": camera, "form": form}, status=400)
    day = form.chosen_day
    start, end = bounds_of(day, camera.site.zone)
    context = {
        "camera": camera,
        "form": DayForm(initial={"day": day}, site=camera.site),
        **{"day": day, "start": start, "end": end, "hours": (end - start) / timedelta(hours=1)},
        **{"previous_day": day - timedelta(days=1), "next_day": _next_day(day, form.today)},
        "page": Paginator(rows_of(camera, start, end), _ROWS).get_page(request.GET.get("page")),
    }
    return page_or_part(request, "recordings/playback.html", context, part="day")


@require_safe
@scope_required(Scope.CAMERAS_READ)
def stream_health(request: HttpRequest, public_id: str) -> HttpResponse:
    """What the recorder measures of the camera's stream, with a word where it is not as it should be."""
    camera = camera_or_404(request, public_id)
    context: dict[str, object] = {"camera": camera, "mode": policies.mode_of(camera)}
    health = read_health(camera)
    if health is not None:
        context |= {"health": health, "words": hints.measured_in_words(health), "hints": list(hints.hints_of(health))}
    return page_or_part(request, "recordings/health.html", context, part="health")


@require_safe
@scope_required(Scope.CAMERAS_READ)
def mode(request: HttpRequest, public_id: str) -> HttpResponse:
    """Whether the camera is recorded."""
    return _mode_part(request, camera_or_404(request, public_id))


@require_POST
@scope_required(Scope.CAMERAS_READ, Scope.RECORDINGS_WRITE)
def set_mode(request: HttpRequest, public_id: str) -> HttpResponse:
    """Start or stop recording the camera."""
    camera = camera_or_404(request, public_id)
    form = ModeForm(request.POST)
    if not form.is_valid():
        return _mode_part(request, camera, status=422)
    policies.set_mode(camera, RecordingMode(form.cleaned_data["mode"]), actor=actor_of(request))
    return _mode_part(request, camera) if request.headers.get("HX-Request") else redirect(camera)


@require_POST
@scope_required(Scope.CAMERAS_READ, Scope.RECORDINGS_WRITE)
def set_source(request: HttpRequest, public_id: str) -> HttpResponse:
    """Choose what reads the camera's stream for the recorder."""
    camera = camera_or_404(request, public_id)
    form = SourceForm(request.POST)
    if not form.is_valid():
        return _mode_part(request, camera, status=422)
    policies.set_source(camera, RecordingSource(form.cleaned_data["source"]), actor=actor_of(request))
    return _mode_part(request, camera) if request.headers.get("HX-Request") else redirect(camera)


@require_safe
@scope_required(Scope.NODES_READ)
def storage(request: HttpRequest) -> HttpResponse:
    """Room for footage, by tier."""
    short, alarms = disk_space.tiers_short_of_room(), tiers.alarms()
    rooms = [
        TierRoom(tier, _free_bytes(tier), tier.pk in short, alarms.get(tier.pk, ""))
        for tier in StorageTier.objects.select_related("node")
    ]
    return page_or_part(request, "recordings/storage.html", {"tiers": rooms}, part="storage")


@require_safe
@scope_required(Scope.NODES_READ)
def storage_notice(request: HttpRequest) -> HttpResponse:
    """A line for the top of every page while a tier is nearly full, or its disk is not there; empty otherwise."""
    short, alarms = disk_space.tiers_short_of_room(), tiers.alarms()
    troubled = StorageTier.objects.filter(pk__in=short | alarms) if short or alarms else []
    context = {
        "tiers": [(tier, short[tier.pk]) for tier in troubled if tier.pk in short],
        "missing": [(tier, alarms[tier.pk]) for tier in troubled if tier.pk in alarms],
    }
    return page_or_part(request, "recordings/storage_notice.html", context, part="notice")


def _next_day(day: date, today: date) -> date | None:
    return day + timedelta(days=1) if day < today else None


def _mode_part(request: HttpRequest, camera: Camera, status: int = 200) -> HttpResponse:
    context = {
        **{"camera": camera, "mode": policies.mode_of(camera)},
        **{"source": policies.source_of(camera), "sources": RecordingSource},
    }
    return page_or_part(request, "recordings/mode.html", context, part="mode", status=status)


def _free_bytes(tier: StorageTier) -> int | None:
    try:
        return disk_space.free_bytes(Path(tier.root))
    except OSError:
        return None
