"""My account: where I am signed in."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts import audit, browsers, refresh_families
from accounts import sessions as rooms
from accounts.access import signed_in_required
from accounts.models import RefreshFamily

_MOST_ROWS = 100


@signed_in_required
def sessions(request: HttpRequest) -> HttpResponse:
    """Browsers, and programs that signed in: where they are, and when they were last used."""
    rows = [_told(request, row) for row in rooms.open_sessions(audit.actor_of(request))[:_MOST_ROWS]]
    programs = RefreshFamily.objects.visible_to(request.user).open_at(timezone.now())[:_MOST_ROWS]
    return render(request, "accounts/sessions.html", {"sessions": rows, "programs": programs})


@require_POST
@signed_in_required
def end_session(request: HttpRequest, pk: int) -> HttpResponse:
    """Signs one browser out."""
    person = audit.actor_of(request)
    session = get_object_or_404(rooms.open_sessions(person), pk=pk)
    rooms.end_session(session, actor=person)
    messages.success(request, f"{browsers.name_of(session.user_agent)} was signed out.")
    return redirect("accounts:sessions")


@require_POST
@signed_in_required
def end_program(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Signs one program out."""
    family = get_object_or_404(RefreshFamily.objects.visible_to(request.user), pk=pk)
    refresh_families.end(family, actor=audit.actor_of(request))
    messages.success(request, "The program was signed out.")
    return redirect("accounts:sessions")


@require_POST
@signed_in_required
def end_sessions(request: HttpRequest) -> HttpResponse:
    """Signs out everywhere, this browser included unless it is to stay."""
    person = audit.actor_of(request)
    if request.POST.get("but_this"):
        rooms.end_all(person, actor=person, but=request.session.session_key)
        messages.success(request, "You were signed out in every other browser.")
        return redirect("accounts:sessions")
    rooms.end_all(person, actor=person)
    logout(request)
    return redirect("accounts:sign-in")


def _told(request: HttpRequest, row: Any) -> dict[str, Any]:
    return {
        "row": row,
        "browser": browsers.name_of(row.user_agent),
        "is_this": row.session_key == request.session.session_key,
    }
