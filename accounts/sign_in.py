"""Proving who one is: every door where a password or a code is shown asks here, so no door knows another lock-out.

Call outside a transaction that may be rolled back: the attempt must stay.
"""

from typing import Final

from django.conf import settings

from accounts import second_factor, sign_in_attempts
from accounts.choices import Door, SignInMethod, SignInOutcome
from accounts.models import SignInAttempt, User
from accounts.sign_in_attempts import LockedOut

NOT_TOGETHER: Final = "That e-mail address and password do not belong together. Try again."
_WORDS: Final = {
    SignInMethod.PASSWORD: NOT_TOGETHER,
    SignInMethod.CODE: "That code is not right, or was used already. Wait for the next one.",
    SignInMethod.RECOVERY: "That code is not right, or was used already.",
    SignInMethod.PASSKEY: "That passkey was not accepted. Try again, or sign in another way.",
    SignInMethod.ELSEWHERE: "You cannot sign in here with that account. Ask an administrator.",
}
_NOT_CONFIRMED: Final = "That is not right. Type your password, or a code that was not used yet."
_LONGEST_PASSWORD: Final = 4096


class SignInRefused(Exception):
    """What was shown does not open. The text tells nothing about whether there is such an account."""

    def __init__(
        self, outcome: SignInOutcome, *, words: str = NOT_TOGETHER, retry_after_seconds: int | None = None
    ) -> None:
        super().__init__(outcome)
        self.outcome = outcome
        self.words = words
        self.retry_after_seconds = retry_after_seconds

    def __str__(self) -> str:
        if self.retry_after_seconds is None:
            return self.words
        minutes = -(-self.retry_after_seconds // 60)
        return f"Too many attempts have failed. Try again in {minutes} minute{'' if minutes == 1 else 's'}."


def verify_password(*, email: str, password: str, address: str | None, user_agent: str, door: Door) -> User:
    """The person with this e-mail address and password, who still owes a second factor if `second_factor.is_enrolled`.

    Raises SignInRefused, with the same words for a wrong password, an unknown address, a disabled account, a service account.
    """
    attempt = _begin(email=email, method=SignInMethod.PASSWORD, address=address, user_agent=user_agent, door=door)
    user: User | None = None
    if attempt.email:
        user = User.objects.select_related("role").filter(email__iexact=attempt.email).first()
    right = _password_is_right(user, password)
    _settle(attempt, _outcome_of_password(user, right), user)
    assert user is not None  # noqa: S101  (nobody's password is never right)
    return user


def verify_code(*, user: User, code: str, address: str | None, user_agent: str, door: Door) -> None:
    """Use up a code of the person's app or a recovery code. Counted like passwords. Raises SignInRefused."""
    method = SignInMethod.CODE if second_factor.is_app_code(code) else SignInMethod.RECOVERY
    attempt = _begin(email=user.email, method=method, address=address, user_agent=user_agent, door=door, user=user)
    right = second_factor.verify(user, code)
    _settle(attempt, outcome_for(user) if right else SignInOutcome.WRONG, user)


def confirm(*, user: User, proof: str, address: str | None, user_agent: str, door: Door) -> None:
    """Check that it is still this person who is signed in: by the password, or by a code. Raises SignInRefused."""
    if not (second_factor.is_code(proof) and second_factor.is_enrolled(user)):
        confirm_password(user=user, password=proof, address=address, user_agent=user_agent, door=door)
        return
    method = SignInMethod.CODE if second_factor.is_app_code(proof) else SignInMethod.RECOVERY
    attempt = _begin(email=user.email, method=method, address=address, user_agent=user_agent, door=door, user=user)
    outcome = SignInOutcome.CONFIRMED if second_factor.verify(user, proof) else SignInOutcome.WRONG
    _settle(attempt, outcome, user, words=_NOT_CONFIRMED)


def confirm_password(*, user: User, password: str, address: str | None, user_agent: str, door: Door) -> None:
    """The same, by the password only. Raises SignInRefused."""
    method = SignInMethod.PASSWORD
    attempt = _begin(email=user.email, method=method, address=address, user_agent=user_agent, door=door, user=user)
    outcome = SignInOutcome.CONFIRMED if _password_is_right(user, password) else SignInOutcome.WRONG
    _settle(attempt, outcome, user, words=_NOT_CONFIRMED)


def keep(
    *,
    method: SignInMethod,
    outcome: SignInOutcome,
    email: str,
    user: User | None,
    address: str | None,
    user_agent: str,
    door: Door,
) -> None:
    """Keep what came of a passkey or an identity from elsewhere. These cannot be guessed, so no lock-out stops them.

    Raises SignInRefused unless the outcome opens.
    """
    attempt = sign_in_attempts.written_down(
        email=email, method=method, door=door, address=address, user_agent=user_agent, user=user
    )
    _settle(attempt, outcome, user)


def outcome_for(user: User) -> SignInOutcome:
    """What comes of it when this person has shown all that is asked for."""
    if not user.is_active:
        return SignInOutcome.DISABLED
    return SignInOutcome.NOT_ALLOWED if user.is_service else SignInOutcome.SIGNED_IN


def _begin(*, user: User | None = None, **facts: object) -> SignInAttempt:
    try:
        return sign_in_attempts.begin(user=user, **facts)  # type: ignore[arg-type]
    except LockedOut as error:
        raise SignInRefused(SignInOutcome.LOCKED_OUT, retry_after_seconds=error.seconds) from error


def _settle(attempt: SignInAttempt, outcome: SignInOutcome, user: User | None, *, words: str = "") -> None:
    sign_in_attempts.settle(attempt, outcome, user=user)
    if outcome in sign_in_attempts.FAILED:
        raise SignInRefused(outcome, words=words or _WORDS[SignInMethod(attempt.method)])


def _password_is_right(user: User | None, password: str) -> bool:
    """Takes as long for nobody as for somebody."""
    typed = password[:_LONGEST_PASSWORD]
    if user is None:
        User().set_password(typed)
        return False
    return user.check_password(typed) and typed == password


def _outcome_of_password(user: User | None, right: bool) -> SignInOutcome:
    if user is None or not right:
        return SignInOutcome.WRONG
    if settings.OIDC_ONLY:
        return SignInOutcome.NOT_ALLOWED
    outcome = outcome_for(user)
    if outcome == SignInOutcome.SIGNED_IN and second_factor.is_enrolled(user):
        return SignInOutcome.FACTOR_WANTED
    return outcome
