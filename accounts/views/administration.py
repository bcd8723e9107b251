"""Administration: on to the first of its pages that the person may open."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_safe

from accounts import audit
from accounts.access import signed_in_required
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
    person = audit.actor_of(request)
    for scope, page in _PAGES:
        if person.has_scope(scope) and (address := _address(page)):
            return redirect(address)
    raise PermissionDenied("Your role does not allow this. Ask an administrator.")


def _address(page: str) -> str | None:
    try:
        return reverse(page)
    except NoReverseMatch:
        return None
