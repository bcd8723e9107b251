"""Letters by which somebody who has been given an account chooses a password for it."""

from collections.abc import Callable

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from accounts import audit, delegation, letters, passwords
from accounts.audit import Actor
from accounts.choices import AuditVerb
from accounts.delegation import ChangeRefused
from accounts.models import User


class NobodyToInvite(ChangeRefused):
    """The account is disabled, or a program's."""

    def __str__(self) -> str:
        return "Only people whose account is open can be invited."


@transaction.atomic
def invite(user: User, *, absolute: Callable[[str], str], actor: Actor) -> None:
    """Send somebody the address where they choose a password; with single sign-on only, where they sign in.

    `absolute` makes an address of the portal one that can be opened from a letter.
    Raises NobodyToInvite, MoreThanYouHold.
    """
    delegation.check_may_change(actor, user)
    if user.is_service or not user.is_active:
        raise NobodyToInvite
    facts = {
        "address": absolute(_page_for(user)),
        "again": absolute(reverse("accounts:forgotten-password")),
        "elsewhere": settings.OIDC_ONLY,
        "lasts": passwords.reset_lasts(),
    }
    letters.send("invitation", to=user.email, user=user, actor=actor, **facts)
    audit.record(actor=actor, verb=AuditVerb.MEMBER_INVITED, target=user)


def _page_for(user: User) -> str:
    if settings.OIDC_ONLY:
        return reverse("accounts:sign-in")
    return reverse("accounts:new-password", args=[passwords.reset_key(user)])
