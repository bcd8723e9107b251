"""Leads on: from the root and from Administration to the first page that the person may open."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_safe

from accounts import audit
from accounts.access import open_door, signed_in_required
from accounts.models import User
from accounts.scopes import Scope

# In the order of the list beside the pages (templates/components/_administration_nav.html).
_PAGES = (
    (Scope.MEMBERS_READ, "accounts:people"),
    (Scope.TOKENS_ALL, "cameras:all-tokens"),
    (Scope.ACCESS_RULES_WRITE, "accounts:access-rules"),
    (Scope.WEBHOOKS_WRITE, "alerts:webhooks"),
    (Scope.SECURITY_READ, "alerts:security-events"),
    (Scope.AUDIT_READ, "accounts:audit"),
    (Scope.USAGE_READ, "accounts:api-usage"),
)


@require_safe
@signed_in_required
def administration(request: HttpRequest) -> HttpResponse:
    """Leads on. Raises PermissionDenied for people to whom none of it is open."""
    if address := _first_page_for(audit.actor_of(request)):
        return redirect(address)
    raise PermissionDenied("Your role does not allow this. Ask an administrator.")


@require_safe
@open_door("leads to a locked page")
def home(request: HttpRequest) -> HttpResponse:
    """To the cameras; whose role shows none, to what they look after, or to their account."""
    person = request.user
    if not isinstance(person, User) or person.has_scope(Scope.CAMERAS_READ):
        return redirect("cameras:list")
    return redirect(_first_page_for(person) or "accounts:account")


def _first_page_for(person: User) -> str | None:
    found = (_address(page) for scope, page in _PAGES if person.has_scope(scope))
    return next((address for address in found if address), None)


def _address(page: str) -> str | None:
    try:
        return reverse(page)
    except NoReverseMatch:
        return None
