"""Passwords: change one, and prove by mail that one may be reset."""

from typing import Final

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.tokens import default_token_generator
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.http import base36_to_int, int_to_base36

from accounts import audit, letters, sessions
from accounts.audit import Actor
from accounts.choices import AuditVerb
from accounts.models import User
from accounts.sign_in_attempts import plain

_BETWEEN: Final = "."


@transaction.atomic
def change_password(user: User, password: str, *, actor: Actor, keep_session: str | None = None) -> None:
    """Give a person another password and sign them out elsewhere. Raises ValidationError for a weak one."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise ValidationError({"password": error.messages}) from error
    user.set_password(password)
    user.save(update_fields=["password"])
    audit.record(actor=actor, verb=AuditVerb.PASSWORD_CHANGED, target=user)
    sessions.end_all(user, actor=actor, but=keep_session)
    letters.send("password_changed", to=user.email, user=user)


def person_to_reset(email: str) -> User | None:
    """Who may have a new password by mail: an active person with this address. None for everybody else."""
    typed = plain(email)
    return User.objects.filter(email__iexact=typed, is_active=True, is_service=False).first() if typed else None


def reset_key(user: User) -> str:
    """Proves, until the password or the address changes or PASSWORD_RESET_TIMEOUT is over, that mail to them was read."""
    return f"{int_to_base36(user.pk)}{_BETWEEN}{default_token_generator.make_token(user)}"


def reset_lasts() -> str:
    """For how long a reset key is good, in words for a letter."""
    minutes = settings.PASSWORD_RESET_TIMEOUT // 60
    if minutes % 60:
        return "a minute" if minutes == 1 else f"{minutes} minutes"
    return "an hour" if minutes == 60 else f"{minutes // 60} hours"


def person_of_key(key: str) -> User | None:
    """Whose reset key this is, if it is still good."""
    number, _, token = key.partition(_BETWEEN)
    try:
        user = User.objects.filter(pk=base36_to_int(number), is_active=True, is_service=False).first()
    except (ValueError, OverflowError):
        return None
    return user if user is not None and default_token_generator.check_token(user, token) else None
