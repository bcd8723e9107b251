"""The locks of pages. Every door in the house names one; a test walks the URL map and fails on a door without."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypedDict, TypeVar, cast
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.middleware import HtmxDetails

from accounts import elevation
from accounts.addresses import client_address
from accounts.choices import Door
from accounts.models import User
from accounts.scopes import Scope

CONFIRMED_AT = "confirmed_at"
CONFIRMED_FOR_SECONDS = 900

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


def lock_of(view: Any) -> str | None:
    """The name of the lock on a view, or None for a door that somebody forgot to lock."""
    return cast(str | None, getattr(view, "vms_lock", None))


def name_lock(view: Any, lock: str) -> Any:
    """Write the lock's name on a view."""
    view.vms_lock = lock
    return view


def scope_required(*scopes: str) -> Callable[[View], View]:
    """Only people whose role holds every scope. Others are asked to sign in, or refused with 403."""

    def decorate(view: View) -> View:
        @wraps(view)
        def locked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return _ask_to_sign_in(request)
            if not all(request.user.has_scope(scope) for scope in scopes):
                raise PermissionDenied("Your role does not allow this. Ask an administrator.")
            return view(request, *args, **kwargs)

        return cast(View, name_lock(locked, f"scope:{'+'.join(scopes)}"))

    return decorate


def signed_in_required(view: View) -> View:
    """Anyone who is signed in."""
    return cast(View, name_lock(scope_required()(view), "signed-in"))


def open_door(reason: str) -> Callable[[View], View]:
    """A door that everybody may use, and why."""

    def decorate(view: View) -> View:
        return cast(View, name_lock(view, f"open:{reason}"))

    return decorate


def confirmation_required(view: View) -> View:
    """For what changes how somebody signs in: only soon after they have signed in, or shown their password again.

    Stands below a lock.
    """

    @wraps(view)
    def confirmed(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not is_confirmed(request):
            return _ask_at("accounts:confirm", request)
        return view(request, *args, **kwargs)

    return cast(View, confirmed)


def elevation_required(view: View) -> View:
    """For what outlives the session: only while the person is elevated (`accounts.elevation`). Stands below a lock."""

    @wraps(view)
    def elevated(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not is_elevated(request):
            return ask_for_elevation(request)
        return view(request, *args, **kwargs)

    return cast(View, elevated)


def is_elevated(request: HttpRequest) -> bool:
    """Whether whoever is signed in has said what for, and shown who they are, a short while ago."""
    return elevation.current(request.session, cast(User, request.user)) is not None


def ask_for_elevation(request: HttpRequest) -> HttpResponse:
    """To the page where the person says what for, and back to this one."""
    return _ask_at("accounts:elevate", request)


def open_before_second_factor(view: View) -> View:
    """A page for people whose role requires a second factor that they have not enrolled; all others are shut to them."""
    view.vms_before_second_factor = True  # type: ignore[attr-defined]
    return view


def is_confirmed(request: HttpRequest) -> bool:
    """Whether the person has proved who they are a short while ago."""
    return timezone.now().timestamp() < float(request.session.get(CONFIRMED_AT, 0)) + CONFIRMED_FOR_SECONDS


def note_confirmation(request: HttpRequest) -> None:
    """The person has just proved who they are."""
    request.session[CONFIRMED_AT] = timezone.now().timestamp()


class Knock(TypedDict):
    """Who is at the door, as attempts to sign in are kept."""

    address: str | None
    user_agent: str
    door: Door


def knock_of(request: HttpRequest) -> Knock:
    """From where, and with what, somebody shows a password on a page."""
    return Knock(address=client_address(request), user_agent=request.headers.get("User-Agent", ""), door=Door.PAGE)


def allowed_here(request: HttpRequest) -> dict[str, dict[str, bool]]:
    """For templates: `may.cameras_write` and so on, so that people see only the actions that they may take."""
    user: Any = getattr(request, "user", None)
    scopes = set(user.role.scopes) if isinstance(user, User) and user.is_active else set()
    return {"may": {scope.name.lower(): scope.value in scopes for scope in Scope}}


def _ask_to_sign_in(request: HttpRequest) -> HttpResponse:
    """To the sign-in page and back. A fragment takes its whole page there, else the form would be put into it."""
    return _ask_at(settings.LOGIN_URL, request)


def _ask_at(door: str, request: HttpRequest) -> HttpResponse:
    """To another page and back to this one; what was posted here is asked for again."""
    htmx = HtmxDetails(request)
    if not htmx:
        return redirect_to_login(_page_of(request), reverse(door))
    page = redirect_to_login(htmx.current_url_abs_path or "/", reverse(door))
    return HttpResponse(status=401, headers={"HX-Redirect": page.url})


def _page_of(request: HttpRequest) -> str:
    """The page that somebody is on: of a form, the one that it stands on."""
    came_from = request.headers.get("Referer", "")
    if request.method in ("GET", "HEAD") or not url_has_allowed_host_and_scheme(came_from, {request.get_host()}):
        return request.get_full_path()
    parts = urlsplit(came_from)
    return urlunsplit(("", "", parts.path, parts.query, "")) or "/"
