"""How programs and pages prove who they are to the API, and how the schema tells it."""

from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import SessionAuthentication
from rest_framework.request import Request


class PortalSession(SessionAuthentication):
    """The portal's session cookie, with CSRF protection on writes."""

    def authenticate_header(self, request: Request) -> str:
        """Make the refusal of a stranger a 401 rather than a 403 (RFC 9110 section 15.5.2)."""
        return 'Session realm="vms"'


class PortalSessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The portal's session in the schema."""

    target_class = PortalSession
    name = "portalSession"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """A cookie; writes also carry the CSRF token."""
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": settings.SESSION_COOKIE_NAME,
            "description": "The portal's session. Writes also need the header X-CSRFToken.",
        }
