"""What a rule found, and from how much on."""

from dataclasses import dataclass, field
from typing import Any, Final

MOST: Final = 100
"""So many findings are told at a time."""


@dataclass(frozen=True, slots=True)
class Limits:
    """From how much on a rule is broken; see `SecurityRule`."""

    threshold: int
    window_seconds: int
    factor: int = 1


@dataclass(frozen=True, slots=True)
class Finding:
    """Who broke a rule: `subject` is what is counted by. `facts` must be JSON."""

    subject: str
    user_id: int | None = None
    token_id: int | None = None
    address: str | None = None
    facts: dict[str, Any] = field(default_factory=dict)
