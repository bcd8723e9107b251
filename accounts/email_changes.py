"""Another e-mail address is taken once mail to it has been read; the old one is told."""

from datetime import timedelta
from typing import Final

from django.core import signing
from django.db import transaction
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts import audit, letters
from accounts.choices import AuditVerb
from accounts.models import User

GOOD_FOR: Final = timedelta(days=1)
_SALT: Final = "accounts.email_changes"


class StaleConfirmation(Exception):
    """The address of the letter is too old, was used, or is not ours."""


def confirmation_key(user: User, email: str) -> str:
    """Proves that mail to the new address was read. Whether somebody has it already is told to its reader alone.

    Another password voids it: who has one chosen may be getting rid of a thief, who has asked for an address of theirs.
    """
    told = {"user": user.pk, "before": user.email, "after": email.lower(), "password": _password_of(user)}
    return signing.dumps(told, salt=_SALT, compress=True)


def read_key(key: str) -> tuple[User, str]:
    """Whose address becomes which. Raises StaleConfirmation; each key is good for one change."""
    try:
        told = signing.loads(key, salt=_SALT, max_age=GOOD_FOR)
    except signing.BadSignature as error:
        raise StaleConfirmation from error
    user = User.objects.filter(pk=told["user"], email=told["before"], is_active=True).first()
    if user is None or not constant_time_compare(told.get("password", ""), _password_of(user)):
        raise StaleConfirmation
    return user, told["after"]


@transaction.atomic
def change_email(key: str) -> User:
    """Take the new address. Raises StaleConfirmation; ValidationError when somebody has taken it in the meantime."""
    user, email = read_key(key)
    before = user.email
    user.email = email
    user.full_clean(exclude=["password"])
    user.save(update_fields=["email"])
    audit.record(actor=user, verb=AuditVerb.EMAIL_CHANGED, target=user, before=before, after=email)
    letters.send("email_changed", to=before, user=user, before=before)
    return user


def ask_for_confirmation(user: User, email: str, *, address: str) -> None:
    """Send the letter with the address that confirms."""
    letters.send("confirm_email", to=email, user=user, address=address)


def _password_of(user: User) -> str:
    """Tells one password from the next, and nothing about either."""
    return salted_hmac(_SALT, user.password, algorithm="sha256").hexdigest()[:32]
