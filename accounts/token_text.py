"""How the text of an API token is made and compared: `vms_<key>.<secret>`.

The secret has 256 bits of chance. Of secrets with 112 bits or more a plain digest may be kept (NIST SP 800-63B section
5.1.2.2), so that asking for it costs a request next to nothing.
"""

import re
import secrets
import string
from hashlib import sha256
from hmac import compare_digest

PREFIX = "vms_"
_ALPHABET = string.ascii_letters + string.digits
_KEY_LENGTH, _SECRET_LENGTH = 12, 43
_SHAPE = re.compile(rf"{PREFIX}([0-9A-Za-z]{{{_KEY_LENGTH}}})\.([0-9A-Za-z]{{{_SECRET_LENGTH}}})")
_DIGEST_OF_NOTHING = "0" * 64


def new_key() -> str:
    """The public part, by which the row is found."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(_KEY_LENGTH))


def new_secret() -> str:
    """The part that proves it."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(_SECRET_LENGTH))


def digest_of(secret: str) -> str:
    """What is kept of a secret."""
    return sha256(secret.encode()).hexdigest()


def text_of(key: str, secret: str) -> str:
    """The whole token."""
    return f"{PREFIX}{key}.{secret}"


def parts_of(text: str) -> tuple[str, str] | None:
    """Key and secret of a text that looks like a token; None for any other."""
    shape = _SHAPE.fullmatch(text)
    return (shape[1], shape[2]) if shape else None


def fits(secret: str, *digests: str) -> tuple[bool, ...]:
    """Whether it is the secret behind each of the digests, an empty one standing for no secret at all.

    Takes as long whatever the digests are, so that time tells nothing about them.
    """
    given = digest_of(secret)
    return tuple(compare_digest(given, digest or _DIGEST_OF_NOTHING) for digest in digests)
