"""Signatures of webhooks, by the scheme of https://www.standardwebhooks.com (symmetric, `v1`)."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable, Mapping
from typing import Final

PREFIX: Final = "whsec_"
_SECRET_BYTES: Final = 32


def new_secret() -> str:
    """256 random bits, as receivers paste them."""
    return PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def sign(secret: str, *, message_id: str, timestamp: int, body: bytes) -> str:
    """`v1,` and HMAC-SHA256 over id, timestamp (Unix seconds) and body, joined by dots. Raises ValueError for a bad secret."""
    key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def headers(secret_texts: Iterable[str], *, message_id: str, timestamp: int, body: bytes) -> Mapping[str, str]:
    """What goes with a body: its id, when it was signed, and a signature for each secret that is good now."""
    signatures = (sign(one, message_id=message_id, timestamp=timestamp, body=body) for one in secret_texts)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signatures),
    }
