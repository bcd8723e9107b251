"""Takes secrets out of what is kept: out of log lines, and out of requests that the log of the API keeps."""

import json
import logging
import re
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

_SECRETS = re.compile(
    r"""((?:[?&]|%3F|%26|\b)key(?:=|%3D)['"]?)[^&\s'",)]+"""  # stream keys in addresses
    r"""|(/media/)[^/\s'"]+"""  # playback tokens
    r"""|(/(?:forgotten-password|account/email)/)[^/\s'"]+"""  # what letters to people hold
    r"""|(\bvms_[0-9A-Za-z]{12}\.)[0-9A-Za-z]+"""  # API tokens
    r"""|(\beyJ[\w-]+\.)[\w-]+\.[\w-]+""",  # access and refresh tokens (RFC 7519)
    re.IGNORECASE,
)
_SECRET_NAMES: Final = re.compile(
    r"pass(?:word|phrase|wd)|secret|token|key$|^keys?|code|otp|credential|assertion|signature|cookie|authorization"
    r"|^(?:refresh|access|verifier|nonce)$",
    re.IGNORECASE,
)
_HIDDEN: Final = "***"


def redact(text: str) -> str:
    """The same text with every stream key, playback token, bearer credential and key of a letter replaced by ***."""
    return _SECRETS.sub(lambda match: f"{next(filter(None, match.groups()))}{_HIDDEN}", text)


def redact_query(text: str) -> str:
    """A query string without the values of parameters that may be secrets."""
    pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=200) if text.count("&") < 200 else []
    return redact(
        urlencode([(name, _HIDDEN if _SECRET_NAMES.search(name) else value) for name, value in pairs], safe="*:,/")
    )


def redact_body(body: bytes) -> str:
    """A JSON body without the values that may be secrets; empty for one that is no JSON."""
    try:
        return redact(json.dumps(_without_secrets(json.loads(body))))
    except (ValueError, RecursionError):
        return ""


def _without_secrets(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: _HIDDEN if _SECRET_NAMES.search(name) else _without_secrets(inner) for name, inner in value.items()
        }
    if isinstance(value, list):
        return [_without_secrets(inner) for inner in value]
    return value


class RedactingFormatter(logging.Formatter):
    """Formats the line of every handler, so that no logger can forget it, and tracebacks are covered too."""

    def format(self, record: logging.LogRecord) -> str:
        """The whole text of a record, without secrets."""
        return redact(super().format(record))
