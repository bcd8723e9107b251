"""Who stands behind a bearer credential (RFC 6750): an API token, or the access token of a program that signed in."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias

from allauth.usersessions.models import UserSession
from django.utils import timezone

from accounts import api_tokens, refresh_families, sessions, token_text
from accounts.models import ApiToken, RefreshFamily, User

Credential = ApiToken | RefreshFamily
CameBy: TypeAlias = ApiToken | RefreshFamily | UserSession
_LETTERS: Final[dict[type, str]] = {ApiToken: "t", RefreshFamily: "p", UserSession: "s"}


@dataclass(frozen=True, slots=True)
class Bearer:
    """A person, and what their program has shown. An API token stands in `user.through`, too, and narrows the person."""

    user: User
    credential: Credential


def presented_in(header: str) -> str | None:
    """The credential of an `Authorization` header (RFC 6750 section 2.1); None when it is of another scheme, or not there.

    Other schemes are not ours: a proxy in front may ask for a password. An empty credential is one that is wrong.
    """
    scheme, _, credential = header.strip().partition(" ")
    return credential.strip() if scheme.lower() == "bearer" else None


def is_api_token(presented: str) -> bool:
    """Whether it is meant to be an API token; everything else is read as an access token."""
    return presented.startswith(token_text.PREFIX)


def bearer_of(presented: str, *, address: str | None) -> Bearer:
    """The bearer of this credential. Raises CredentialRefused."""
    if not is_api_token(presented):
        family = refresh_families.holder_of(presented)
        return Bearer(family.user, family)
    token = api_tokens.verify(presented, address=address)
    person = token.owner
    person.through = token
    return Bearer(person, token)


def trace_of(came_by: CameBy | None) -> str:
    """What somebody came by, short enough for a playback token, for `person_by` to ask about later."""
    return f"{_LETTERS[type(came_by)]}{came_by.pk}" if came_by else ""


def person_by(trace: str, user_id: int) -> User | None:
    """The person as the database has them now; nobody when the account is disabled, or what they came by has ended.

    For what stays open: a socket, a player. An API token narrows the person. Without a trace the account alone counts.
    """
    person: User | None = User.objects.select_related("role").filter(pk=user_id, is_active=True).first()
    if person is None or not trace:
        return person
    kind, pk = trace[0], trace[1:]
    if kind == _LETTERS[ApiToken]:
        person.through = person.api_tokens.valid_at(timezone.now()).filter(pk=pk).first()
        return person if person.through else None
    is_program = kind == _LETTERS[RefreshFamily]
    signed_in = person.refresh_families.open_at(timezone.now()) if is_program else sessions.open_sessions(person)
    return person if signed_in.filter(pk=pk).exists() else None


def end_of(credential: Credential) -> datetime | None:
    """When to ask again at the latest: the end of the credential, or of the secret that may have been shown; None: never."""
    if isinstance(credential, RefreshFamily):
        return credential.expires_at
    ends = (credential.expires_at, credential.previous_until)
    return min((end for end in ends if end is not None and end > timezone.now()), default=None)
