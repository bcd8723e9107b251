"""A request that is sent again because its answer was lost is carried out once (draft-ietf-httpapi-idempotency-key-header).

The answer is written in the transaction of what was done, so either both are there or neither is. While the first
request is served its row is locked; a process that dies lets go of the lock, and the next try carries the request out.

Answers may hold a secret that is shown once. They are sealed with a key made of SECRET_KEY and the caller's own
Idempotency-Key, of which only a digest is kept: whoever has the database, even with SECRET_KEY, cannot read them.
"""

import base64
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import IdempotentAnswer, User

KEPT = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request with an Idempotency-Key. `fingerprint` differs when method, address or body do."""

    user: User
    key: str = field(repr=False)
    fingerprint: str

    @property
    def digest(self) -> str:
        """What is kept of the key. A token's requests are its own, not those of other tokens of the same person."""
        through = self.user.through.pk if self.user.through else ""
        return sha256(f"{through}:{self.key}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered: status, body as JSON, and headers."""

    status: int
    body: Any
    headers: dict[str, str]
    again: bool = False


class StillRunning(Exception):
    """The first request with this key has not been answered yet."""

    def __str__(self) -> str:
        return "The first request with this Idempotency-Key is still being carried out. Ask again in a moment."


class KeyUsedOtherwise(Exception):
    """The key came with another request before."""

    def __str__(self) -> str:
        return "This Idempotency-Key was sent with another request. Make a new key for each new request."


class AnswerIsLost(Exception):
    """SECRET_KEY has changed since."""

    def __str__(self) -> str:
        return "The request was carried out, but its answer can no longer be read. Look at what it made."


def answer_once(asked: Asked, carry_out: Callable[[], Answer]) -> Answer:
    """Carry a request out, or give the answer that it had before. An error is not kept: the key may be used again.

    Raises StillRunning, KeyUsedOtherwise, AnswerIsLost, and whatever `carry_out` raises.
    """
    fresh = IdempotentAnswer(user=asked.user, key=asked.digest, fingerprint=asked.fingerprint)
    IdempotentAnswer.objects.bulk_create([fresh], ignore_conflicts=True)
    try:
        with transaction.atomic():
            return _answer_or_carry_out(asked, carry_out)
    except (StillRunning, KeyUsedOtherwise, AnswerIsLost):
        raise
    except BaseException:
        IdempotentAnswer.objects.filter(user=asked.user, key=asked.digest, status=None).delete()
        raise


def forget_old_answers() -> int:
    """Delete answers that are older than a day; how many."""
    return IdempotentAnswer.objects.filter(created_at__lt=timezone.now() - KEPT).delete()[0]


def _answer_or_carry_out(asked: Asked, carry_out: Callable[[], Answer]) -> Answer:
    row = (
        IdempotentAnswer.objects.select_for_update(skip_locked=True, no_key=True)
        .filter(user=asked.user, key=asked.digest)
        .first()
    )
    if row is None:
        raise StillRunning
    if row.fingerprint != asked.fingerprint:
        raise KeyUsedOtherwise
    if row.status is not None:
        return Answer(row.status, _unsealed(asked.key, str(row.body)), row.headers, again=True)
    answer = carry_out()
    if answer.status >= 400:
        row.delete()
        return answer
    row.status, row.body, row.headers = answer.status, _sealed(asked.key, answer.body), answer.headers
    row.save(update_fields=["status", "body", "headers"])
    return answer


def _sealed(key: str, body: Any) -> str:
    return _fernet(key).encrypt(json.dumps(body).encode()).decode()


def _unsealed(key: str, text: str) -> Any:
    try:
        return json.loads(_fernet(key).decrypt(text))
    except InvalidToken as error:
        raise AnswerIsLost from error


def _fernet(key: str) -> Fernet:
    secret = hmac.digest(settings.SECRET_KEY.encode(), f"vms.idempotent-answer:{key}".encode(), "sha256")
    return Fernet(base64.urlsafe_b64encode(secret))
