"""What people show beside their password: codes of an authenticator app (RFC 6238), recovery codes, passkeys.

The rows are django-allauth's (`allauth.mfa`); keys of apps are kept sealed, of recovery codes only a digest is kept.
"""

import re
import secrets
from typing import Any, Final

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts import sealing
from accounts.models import User

PERIOD_SECONDS: Final = 30
_TOLERATED_PERIODS: Final = 1  # clocks of telephones are not exact; RFC 6238 section 5.2 allows for one period
_FACTORS: Final = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
_TYPED: Final = (Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES)
_APP_CODE: Final = re.compile(r"[0-9]{6}")
_RECOVERY_CODE: Final = re.compile(r"[a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4}")
_LETTERS: Final = str.maketrans("", "", "- \t")


def is_enrolled(user: User) -> bool:
    """Whether this person has a second factor, so that a password alone does not sign them in."""
    return factors(user).exists()


def factors(user: User) -> "QuerySet[Authenticator]":
    """Apps and passkeys of this person, the oldest first. Recovery codes are none: they stand in for one."""
    rows: QuerySet[Authenticator] = Authenticator.objects.filter(user=user, type__in=_FACTORS)
    return rows.select_related("user__role").order_by("created_at", "pk")


def has_app(user: User) -> bool:
    """Whether an authenticator app is enrolled."""
    return factors(user).filter(type=Authenticator.Type.TOTP).exists()


def has_passkey(user: User) -> bool:
    """Whether a passkey is enrolled."""
    return factors(user).filter(type=Authenticator.Type.WEBAUTHN).exists()


def recovery_codes_left(user: User) -> int:
    """How many recovery codes have not been used."""
    row = Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES).first()
    return len(row.data["digests"]) if row else 0


def is_required(user: User) -> bool:
    """Whether the person's role asks for one, or something that happened does."""
    return user.role.requires_second_factor or user.must_have_second_factor


def is_missing(user: User) -> bool:
    """Whether one is required, and there is none: nothing but enrolling one is open to this person."""
    return is_required(user) and not is_enrolled(user)


@transaction.atomic
def verify(user: User, code: str) -> bool:
    """Whether this is the app's present code, or a recovery code. Each is used up by being right.

    Attempts are not counted here: doors ask `sign_in.verify_code`.
    """
    typed = as_typed(code)
    rows = Authenticator.objects.select_for_update(no_key=True).filter(user=user, type__in=_TYPED)
    return any(_use(row, typed) for row in rows)


def as_typed(code: str) -> str:
    """A code without what people put between its letters."""
    return code.translate(_LETTERS).lower()


def is_app_code(code: str) -> bool:
    """Whether this looks like the code of an app."""
    return bool(_APP_CODE.fullmatch(as_typed(code)))


def is_code(code: str) -> bool:
    """Whether this looks like the code of an app, or a recovery code."""
    return is_app_code(code) or bool(_RECOVERY_CODE.fullmatch(code.strip().lower()))


def counter_of(secret: str, code: str, *, after: int = -1) -> int | None:
    """The number of the period that the code belongs to, if that is about now and later than `after`."""
    now = int(timezone.now().timestamp()) // PERIOD_SECONDS
    for counter in range(now - _TOLERATED_PERIODS, now + _TOLERATED_PERIODS + 1):
        if counter > after and constant_time_compare(format_hotp_value(hotp_value(secret, counter)), code):
            return counter
    return None


def new_recovery_code() -> str:
    """60 random bits as `xxxx-xxxx-xxxx`, without letters that look alike."""
    letters = "".join(secrets.choice("abcdefghjkmnpqrstuvwxyz23456789") for _ in range(12))
    return "-".join((letters[:4], letters[4:8], letters[8:]))


def digest_of(user: User, code: str) -> str:
    """What is kept of a recovery code."""
    return salted_hmac(f"recovery code {user.pk}", as_typed(code), algorithm="sha256").hexdigest()


def _use(row: Authenticator, typed: str) -> bool:
    right = _use_app_code(row.data, typed) if row.type == Authenticator.Type.TOTP else _use_recovery_code(row, typed)
    if right:
        row.last_used_at = timezone.now()
        row.save(update_fields=["data", "last_used_at"])
    return right


def _use_app_code(data: dict[str, Any], typed: str) -> bool:
    """A code is good once: RFC 6238 section 5.2."""
    counter = counter_of(sealing.unseal(data["secret"]), typed, after=data.get("used", -1))
    if counter is not None:
        data["used"] = counter
    return counter is not None


def _use_recovery_code(row: Authenticator, typed: str) -> bool:
    digest = digest_of(row.user, typed)
    if digest not in row.data["digests"]:
        return False
    row.data["digests"].remove(digest)
    return True
