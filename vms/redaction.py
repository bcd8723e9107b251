"""Takes stream keys and playback tokens out of what is logged."""

import logging
import re

_SECRETS = re.compile(r"""((?:[?&]|%3F|%26|\b)key(?:=|%3D)['"]?)[^&\s'",)]+|(/media/)[^/\s'"]+""", re.IGNORECASE)


def redact(text: str) -> str:
    """The same text with every stream key and playback token replaced by ***."""
    return _SECRETS.sub(lambda match: f"{match[1] or match[2]}***", text)


class RedactingFormatter(logging.Formatter):
    """Formats the line of every handler, so that no logger can forget it, and tracebacks are covered too."""

    def format(self, record: logging.LogRecord) -> str:
        """The whole text of a record, without secrets."""
        return redact(super().format(record))
