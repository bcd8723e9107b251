"""How a program signs in for a person: with the e-mail address, the password, and the code of a second factor."""

from typing import Any

from accounts import refresh_families, second_factor, sign_in
from accounts.choices import Door, SignInOutcome
from accounts.json_web_tokens import Pair
from accounts.models import User
from accounts.sign_in import SignInRefused


class SecondFactorWanted(Exception):
    """The password is right, and the person has a second factor, whose code was not sent."""

    def __str__(self) -> str:
        return "Send the code of your authenticator app, or a recovery code, as `code`."


class SignInLockedOut(SignInRefused):
    """Too many attempts have failed. Even what is right opens nothing for a while."""


def sign_program_in(*, email: str, password: str, code: str, address: str | None, user_agent: str) -> Pair:
    """The first pair of tokens. Every attempt is kept and counted as in the portal.

    Raises SignInRefused, SignInLockedOut, SecondFactorWanted; SecondFactorMissing when the role asks for one that the
    person has not enrolled.
    """
    try:
        user = _proven(email, password, code, address=address, user_agent=user_agent)
    except SignInRefused as refusal:
        if refusal.outcome != SignInOutcome.LOCKED_OUT:
            raise
        raise SignInLockedOut(refusal.outcome, retry_after_seconds=refusal.retry_after_seconds) from refusal
    return refresh_families.begin(actor=user, address=address, user_agent=user_agent)


def _proven(email: str, password: str, code: str, *, address: str | None, user_agent: str) -> User:
    came_from: dict[str, Any] = {"address": address, "user_agent": user_agent, "door": Door.API}
    user = sign_in.verify_password(email=email, password=password, **came_from)
    if second_factor.is_enrolled(user):
        if not code:
            raise SecondFactorWanted
        sign_in.verify_code(user=user, code=code, **came_from)
    return user
