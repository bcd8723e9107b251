"""The locks of pages. Every door in the house names one; a test walks the URL map and fails on a door without."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django_htmx.middleware import HtmxDetails

from accounts.models import User
from accounts.scopes import Scope

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


def allowed_here(request: HttpRequest) -> dict[str, dict[str, bool]]:
    """For templates: `may.cameras_write` and so on, so that people see only the actions that they may take."""
    user: Any = getattr(request, "user", None)
    scopes = set(user.role.scopes) if isinstance(user, User) and user.is_active else set()
    return {"may": {scope.name.lower(): scope.value in scopes for scope in Scope}}


def _ask_to_sign_in(request: HttpRequest) -> HttpResponse:
    """To the sign-in page and back. A fragment takes its whole page there, else the form would be put into it."""
    htmx = HtmxDetails(request)
    if not htmx:
        return redirect_to_login(request.get_full_path())
    page = redirect_to_login(htmx.current_url_abs_path or "/")
    return HttpResponse(status=401, headers={"HX-Redirect": page.url})
