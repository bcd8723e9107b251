"""How programs and pages prove who they are to the API."""

from rest_framework.authentication import SessionAuthentication
from rest_framework.request import Request


class PortalSession(SessionAuthentication):
    """The portal's session cookie, with CSRF protection on writes."""

    def authenticate_header(self, request: Request) -> str:
        """Make the refusal of a stranger a 401 rather than a 403 (RFC 9110 section 15.5.2)."""
        return 'Session realm="vms"'
