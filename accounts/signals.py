"""What the floors above are told. Sent robustly, on commit."""

from collections.abc import Iterable
from functools import partial

from django.db import transaction
from django.dispatch import Signal

from accounts.models import User

access_changed = Signal()
"""sender=User, user_ids: what these people may see or do is not what it was."""

sight_handed_on = Signal()
"""sender=Role, UserGroup or User, actor, holder: the actor is about to make somebody part of it, or might become this person.

Sent before, inside the transaction and not robustly: a receiver raises MoreThanYouHold for grants that the actor may not
pass on.
"""

sign_in_attempted = Signal()
"""sender=SignInAttempt, attempt: somebody has shown a password, a code, a passkey or an identity from elsewhere."""

credentials_changed = Signal()
"""sender=ApiToken or RefreshFamily, ids: what these credentials open is not what it was, or they have ended."""

refresh_token_reused = Signal()
"""sender=RefreshFamily, family, address: an old refresh token was shown again, from this address; the family has ended."""


def announce_access(user_ids: Iterable[int]) -> None:
    """Tell the floors above, on commit, that these people may see or do something else now."""
    tell = partial(access_changed.send_robust, sender=User, user_ids=list(user_ids))
    transaction.on_commit(tell, robust=True)
