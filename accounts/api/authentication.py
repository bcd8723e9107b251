"""How programs and pages prove who they are to the API, and how the schema tells it.

A credential in the header `Authorization` decides alone: one that is refused is a 401, whatever session comes with it.
"""

from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, SessionAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts import audit, bearers, second_factor
from accounts.addresses import client_address
from accounts.bearers import Credential
from accounts.models import ApiToken, User
from accounts.refresh_families import SecondFactorMissing
from accounts.refusals import CredentialRefused


class BearerRefused(AuthenticationFailed):
    """The credential in the header does not open; `refusal` says why."""

    def __init__(self, refusal: CredentialRefused) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal


class _Bearer(BaseAuthentication):
    """`Authorization: Bearer …` (RFC 6750 section 2.1); a subclass says which credentials it reads."""

    for_api_tokens: bool

    def authenticate(self, request: Request) -> tuple[User, Credential] | None:
        """The person behind the credential, narrowed by an API token. Raises BearerRefused."""
        presented = bearers.presented_in(get_authorization_header(request).decode("latin-1"))
        if presented is None or bearers.is_api_token(presented) != self.for_api_tokens:
            return None
        try:
            bearer = bearers.bearer_of(presented, address=client_address(request._request))
        except CredentialRefused as refusal:
            raise BearerRefused(refusal) from refusal
        if isinstance(bearer.credential, ApiToken):
            audit.speaks_through(bearer.credential)
        return bearer.user, bearer.credential

    def authenticate_header(self, request: Request) -> str:
        """What a stranger is asked for (RFC 9110 section 11.6.1)."""
        return 'Bearer realm="vms"'


class ApiTokenBearer(_Bearer):
    """An API token: `vms_<key>.<secret>`."""

    for_api_tokens = True


class AccessTokenBearer(_Bearer):
    """The access token of a program that signed in."""

    for_api_tokens = False


class PortalSession(SessionAuthentication):
    """The portal's session cookie, with CSRF protection on writes."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        """The person who is signed in. Raises SecondFactorMissing for whom only the page is open where one is enrolled."""
        found = super().authenticate(request)
        if found is not None and second_factor.is_missing(found[0]):
            raise SecondFactorMissing
        return found

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


class ApiTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """API tokens in the schema."""

    target_class = ApiTokenBearer
    name = "apiToken"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """A bearer credential."""
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "vms_<key>.<secret>",
            "description": "An API token, as it was shown when it was issued. It may do what its scopes say, at most what "
            "its owner may.",
        }


class AccessTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Access tokens in the schema."""

    target_class = AccessTokenBearer
    name = "accessToken"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """A bearer credential."""
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "The access token that `/api/v1/auth/token/` answers with: good for minutes, and only for as "
            "long as the program is signed in.",
        }
