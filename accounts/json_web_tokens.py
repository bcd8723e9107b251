"""The texts that programs hold after they signed in: a short-lived access token and the refresh token that follows it.

Both are JSON Web Tokens (RFC 7519), signed with JWT_KEY, and carry the id of their refresh family: a text alone says only
what was promised, the family's row says whether it still holds.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, cast
from uuid import UUID

from rest_framework_simplejwt.exceptions import ExpiredTokenError, TokenError
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken, Token
from rest_framework_simplejwt.utils import datetime_from_epoch, datetime_to_epoch

from accounts.models import User
from accounts.refusals import ExpiredCredential, WrongCredential

_FAMILY: Final = "family"


@dataclass(frozen=True, slots=True)
class Pair:
    """What a program gets. `refresh_id` is the id inside the refresh token."""

    access: str = field(repr=False)
    access_expires_at: datetime
    refresh: str = field(repr=False)
    refresh_expires_at: datetime
    refresh_id: UUID


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says of itself."""

    family_id: UUID
    token_id: UUID


def sign(user: User, family_id: UUID, *, until: datetime) -> Pair:
    """A new pair of the family, neither of which is good beyond the family's own end."""
    refresh: RefreshToken = RefreshToken.for_user(user)
    refresh[_FAMILY] = str(family_id)
    access = refresh.access_token
    for token in (refresh, access):
        token["exp"] = min(token["exp"], datetime_to_epoch(until))
    return Pair(str(access), _end_of(access), str(refresh), _end_of(refresh), UUID(refresh["jti"]))


def read_access(text: str) -> Claims:
    """What an access token says. Raises WrongCredential, ExpiredCredential."""
    return _read(AccessToken, text)


def read_refresh(text: str) -> Claims:
    """What a refresh token says. Raises WrongCredential, ExpiredCredential."""
    return _read(RefreshToken, text)


def _read(kind: type[Token], text: str) -> Claims:
    try:
        token = kind(cast(Any, text))  # annotated as a token, meant as its text
        return Claims(UUID(token[_FAMILY]), UUID(token["jti"]))
    except ExpiredTokenError as error:
        raise ExpiredCredential from error
    except (TokenError, KeyError, ValueError, TypeError, AttributeError) as error:
        raise WrongCredential from error


def _end_of(token: Token) -> datetime:
    return datetime_from_epoch(token["exp"])
