"""Takes stream keys and playback tokens out of what is logged."""

import logging
import re

_SECRETS = re.compile(r"((?:[?&]|\b)key=)[^&\s'\"]+|(/media/)[^/\s'\"]+")


def redact(text: str) -> str:
    """The same text with every stream key and playback token replaced by ***."""
    return _SECRETS.sub(lambda match: f"{match[1] or match[2]}***", text)


class RedactSecrets(logging.Filter):
    """Sits on every handler, so that no logger can forget it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record's message; never drops a record."""
        record.msg, record.args = redact(record.getMessage()), None
        return True
