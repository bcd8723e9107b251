"""What becomes of somebody who comes from an address: the first access rule that fits, or `VMS_ACCESS_DEFAULT`.

Each process keeps the rules for a moment (`KEPT_SECONDS`), so that asking costs no query, and goes on with those it has
when the database is away.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.db.models import Q
from django.utils import timezone

from accounts import countries
from accounts.addresses import Address, Network, read_address, read_network
from accounts.choices import RuleAction, RuleState, Surface
from accounts.models import AccessRule

logger = logging.getLogger(__name__)

KEPT_SECONDS: Final = 2.0


class AddressRefused(Exception):
    """The access rules turn somebody away."""

    def __init__(self, address: str | None) -> None:
        super().__init__(
            f"The access rules of this installation let nobody in from {address or 'an unknown address'}. "
            "Ask its administrator to allow your network."
        )


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule, ready to be asked."""

    pk: int
    label: str
    surface: str
    allows: bool
    network: Network | None
    country: str
    until: datetime | None

    def __str__(self) -> str:
        return self.label

    def is_about(self, surface: Surface, now: datetime) -> bool:
        """Whether it is asked at all."""
        return self.surface in ("", surface) and (self.until is None or now < self.until)

    def fits(self, address: Address, country: str | None) -> bool:
        """Whether the address is in its network or country."""
        return address in self.network if self.network is not None else self.country == country


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of an address on a surface, and why.

    `not_evaluated` are rules that were passed over because no country database is there.
    """

    address: str | None
    surface: Surface
    is_allowed: bool
    reason: str
    rule_id: int | None = None
    country: str | None = None
    not_evaluated: tuple[int, ...] = ()


def decide(
    address: str | None, surface: Surface, *, rules: Sequence[Rule] | None = None, now: datetime | None = None
) -> Decision:
    """Ask the rules in their order, those of this process unless others are given."""
    read, country, at = read_address(address or ""), countries.country_of(address), now or timezone.now()
    if read is not None and read.is_loopback:
        return Decision(address, surface, True, "Processes of this machine are never turned away.")
    asked = [rule for rule in (_kept.rules() if rules is None else rules) if rule.is_about(surface, at)]
    blind = () if countries.can_tell() else tuple(rule.pk for rule in asked if rule.network is None)
    first = next((rule for rule in asked if read is not None and rule.fits(read, country)), None)
    if first is None:
        reason = f"No rule fits, and the default of this installation is to {settings.ACCESS_DEFAULT}."
        return Decision(address, surface, allows_others(), reason, None, country, blind)
    return Decision(address, surface, first.allows, f"Rule {first.pk} says so: {first}.", first.pk, country, blind)


def allows(address: str | None, surface: Surface) -> bool:
    """Whether somebody from this address is let in."""
    return is_open() or decide(address, surface).is_allowed


def allows_others() -> bool:
    """What becomes of those about whom no rule says anything."""
    return bool(settings.ACCESS_DEFAULT == "allow")


def is_open() -> bool:
    """Whether nobody is turned away, because there are no rules and the default is to allow."""
    return allows_others() and not _kept.rules()


def state_of(row: AccessRule) -> RuleState:
    """Whether a rule is in force, and if not, why."""
    if not row.active:
        return RuleState.SWITCHED_OFF
    if row.until and row.until <= timezone.now():
        return RuleState.ENDED
    return RuleState.NOT_EVALUATED if row.country and not countries.can_tell() else RuleState.IN_FORCE


def rules_in(rows: Iterable[AccessRule]) -> list[Rule]:
    """Rows, ready to be asked, in their order. What is switched off is left out."""
    return [_ready(row) for row in rows if row.active]


def forget() -> None:
    """Have the rules read again before the next decision of this process."""
    _kept.forget()


def _ready(row: AccessRule) -> Rule:
    return Rule(
        pk=row.pk,
        label=str(row),
        surface=row.surface,
        allows=row.action == RuleAction.ALLOW,
        network=read_network(row.network) if row.network else None,
        country=row.country,
        until=row.until,
    )


class _Kept:
    """The rules of this process, read again when they are old; one thread reads, the others go on meanwhile."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._rules: Sequence[Rule] | None = None
        self._read_at = 0.0

    def rules(self) -> Sequence[Rule]:
        rules = self._rules
        if rules is None:
            with self._guard:
                return self._read()
        if time.monotonic() - self._read_at > KEPT_SECONDS and self._guard.acquire(blocking=False):
            try:
                return self._read()
            finally:
                self._guard.release()
        return rules

    def forget(self) -> None:
        self._read_at = 0.0
        self._rules = None

    def remember(self, rules: Sequence[Rule]) -> None:
        self._rules, self._read_at = rules, time.monotonic()

    def _read(self) -> Sequence[Rule]:
        try:
            going_on = Q(until__isnull=True) | Q(until__gt=timezone.now())
            self.remember(rules_in(AccessRule.objects.filter(going_on, active=True)))
        except (DatabaseError, InterfaceError) as error:
            logger.warning("access rules cannot be read; those of before hold on: %s", error)
            self.remember(self._rules or [])
        return self._rules or []


_kept = _Kept()
