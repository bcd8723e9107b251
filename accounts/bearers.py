"""Who stands behind a bearer credential (RFC 6750): an API token, or the access token of a program that signed in."""

from dataclasses import dataclass

from accounts import api_tokens, refresh_families, token_text
from accounts.models import ApiToken, RefreshFamily, User

Credential = ApiToken | RefreshFamily


@dataclass(frozen=True, slots=True)
class Bearer:
    """A person, and what their program has shown. An API token stands in `user.through`, too, and narrows the person."""

    user: User
    credential: Credential


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
