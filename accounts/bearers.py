"""Who stands behind a bearer credential (RFC 6750): an API token, or the access token of a program that signed in."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from accounts import api_tokens, refresh_families, token_text
from accounts.models import ApiToken, RefreshFamily, User

Credential = ApiToken | RefreshFamily


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


def present_state(user: User, credential: Credential | None) -> User | None:
    """The person as the database has them now; nobody when the account is disabled, or the credential has ended.

    For what stays open: a socket. Without a credential the person came by a session.
    """
    now = timezone.now()
    person: User | None = User.objects.select_related("role").filter(pk=user.pk, is_active=True).first()
    if person is None or credential is None:
        return person
    if isinstance(credential, ApiToken):
        person.through = ApiToken.objects.valid_at(now).filter(pk=credential.pk).first()
        return person if person.through else None
    return person if RefreshFamily.objects.open_at(now).filter(pk=credential.pk).exists() else None


def end_of(credential: Credential) -> datetime | None:
    """When to ask again at the latest: the end of the credential, or of the secret that may have been shown; None: never."""
    if isinstance(credential, RefreshFamily):
        return credential.expires_at
    ends = (credential.expires_at, credential.previous_until)
    return min((end for end in ends if end is not None and end > timezone.now()), default=None)
