"""What an API token may hold: scopes of its owner's role, networks that can be read, an end that lies ahead."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.addresses import is_in, read_address, read_network
from accounts.models import ApiToken, User

NAMES: Final = frozenset({"name", "scopes", "restricted", "networks", "requests_per_minute", "expires_at"})
MOST_NETWORKS: Final = 50


def put(token: ApiToken, facts: dict[str, Any]) -> None:
    """Put facts onto a token that is not saved yet. Raises ValidationError, with words at each field that cannot work."""
    if unknown := facts.keys() - NAMES:
        raise TypeError(f"not a fact of a token: {', '.join(sorted(unknown))}")
    for name, value in facts.items():
        setattr(token, name, value)
    if "scopes" in facts:
        token.scopes = _checked_scopes(facts["scopes"], token.owner)
    if "networks" in facts:
        token.networks = _checked_networks(facts["networks"])
    if facts.get("expires_at") is not None and facts["expires_at"] <= timezone.now():
        raise ValidationError({"expires_at": "This is in the past."}, code="past")
    if facts.get("requests_per_minute") == 0:
        raise ValidationError({"requests_per_minute": "With none at all the token opens nothing."}, code="min_value")
    token.full_clean(exclude={"owner", "key", "digest", "scopes", "networks"})


def is_allowed_from(token: ApiToken, address: str | None) -> bool:
    """Whether the token may be used from this address; one that nobody can tell is in no network."""
    if not token.networks:
        return True
    came_from = read_address(address or "")
    return came_from is not None and is_in(came_from, map(read_network, token.networks))


def told(token: ApiToken, names: Iterable[str]) -> dict[str, Any]:
    """Facts as the audit keeps them."""
    facts = {name: getattr(token, name) for name in names}
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in facts.items()}


def _checked_scopes(scopes: Iterable[str], owner: User) -> list[str]:
    wanted = sorted({str(scope) for scope in scopes})
    if not wanted:
        raise ValidationError({"scopes": "Choose at least one: a token without scopes opens nothing."}, code="required")
    if beyond := sorted(set(wanted) - set(owner.role.scopes)):
        words = f"The owner's role, {owner.role}, does not hold {', '.join(beyond)}."
        raise ValidationError({"scopes": words}, code="beyond_role")
    return wanted


def _checked_networks(networks: Sequence[str]) -> list[str]:
    if len(networks) > MOST_NETWORKS:
        raise ValidationError({"networks": f"Write {MOST_NETWORKS} networks at most."}, code="too_many")
    found = []
    for text in networks:
        try:
            network = read_network(text)
            found.append(str(network.network_address if network.num_addresses == 1 else network))
        except ValueError as error:
            words = f"“{text}” is no address and no network. Write for example 203.0.113.0/24 or 2001:db8::/32."
            raise ValidationError({"networks": words}, code="network") from error
    return list(dict.fromkeys(found))
