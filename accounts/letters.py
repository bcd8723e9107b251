"""Mail to people. A letter is sent when the transaction has been committed, and nobody waits for its delivery."""

import logging
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Final

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string

logger = logging.getLogger(__name__)
_postmen: Final = ThreadPoolExecutor(max_workers=2, thread_name_prefix="letters")


def send(name: str, *, to: str, **facts: Any) -> None:
    """Send `accounts/letters/<name>.txt`, whose first line is the subject, filled with facts."""
    subject, _, body = render_to_string(f"accounts/letters/{name}.txt", facts).strip().partition("\n")
    message = EmailMessage(subject=subject.strip(), body=body.strip() + "\n", to=[to])
    transaction.on_commit(partial(_hand_over, name, message), robust=True)


def _hand_over(name: str, message: EmailMessage) -> None:
    if settings.EMAIL_IN_BACKGROUND:
        _postmen.submit(_deliver, name, message)
    else:
        _deliver(name, message)


def _deliver(name: str, message: EmailMessage) -> None:
    try:
        message.send()
    except Exception:  # whatever a mail server thinks of; the person asks again
        logger.exception("the letter %s could not be sent", name)
