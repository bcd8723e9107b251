"""An API token that is used from a country from which it never was."""

from collections.abc import Mapping, Set
from datetime import datetime, timedelta
from typing import Final

from accounts import countries
from accounts.models import ApiCall, ApiToken
from alerts.models import TokenCountry
from alerts.security.finding import MOST, Finding, Limits

_MOST_READ: Final = 5_000
_TRAVEL: Final = timedelta(hours=2)
Places = Mapping[int, Mapping[str, datetime]]


def look(now: datetime, limits: Limits) -> list[Finding]:
    """By the requests of the window, against the countries that are kept of each token. Without a database, nothing."""
    if not countries.can_tell():
        return []
    since = now - timedelta(seconds=limits.window_seconds)
    calls = ApiCall.objects.filter(at__gt=since, at__lte=now, status__lt=400, address__isnull=False)
    pairs = calls.filter(token__isnull=False).order_by().values_list("token_id", "address").distinct()[:_MOST_READ]
    seen, addresses = _seen(pairs)
    known = _known(seen)
    found = findings(seen, known, now)
    _remember(seen, known, now)
    owners = dict(ApiToken.objects.filter(pk__in=[token for token, *_ in found]).values_list("pk", "owner_id"))
    return [
        Finding(f"token {token} from {country}", owners.get(token), token, addresses[token, country], facts)
        for token, country, facts in found[:MOST]
    ]


def findings(seen: Mapping[int, Set[str]], known: Places, now: datetime) -> list[tuple[int, str, dict[str, object]]]:
    """Token, country and facts of each that is new. A token's first country is where it lives, and no news."""
    found = []
    for token, places in seen.items():
        before = known.get(token, {})
        for country in sorted(places - before.keys()) if before else ():
            elsewhere = max(before.values())
            facts = {
                "country": country,
                "known": sorted(before),
                "impossible_travel": now - elsewhere < _TRAVEL,
                "minutes_since_elsewhere": int((now - elsewhere).total_seconds() // 60),
            }
            found.append((token, country, facts))
    return found


def _seen(pairs: object) -> tuple[dict[int, set[str]], dict[tuple[int, str], str]]:
    seen: dict[int, set[str]] = {}
    addresses: dict[tuple[int, str], str] = {}
    for token, address in pairs:  # type: ignore[attr-defined]
        if country := countries.country_of(address):
            seen.setdefault(token, set()).add(country)
            addresses[token, country] = address
    return seen, addresses


def _known(seen: Mapping[int, Set[str]]) -> dict[int, dict[str, datetime]]:
    known: dict[int, dict[str, datetime]] = {}
    rows = TokenCountry.objects.filter(token__in=seen.keys())
    for token, country, last_at in rows.values_list("token_id", "country", "last_at"):
        known.setdefault(token, {})[country] = last_at
    return known


def _remember(seen: Mapping[int, Set[str]], known: Places, now: datetime) -> None:
    fresh = [
        TokenCountry(token_id=token, country=country, first_at=now, last_at=now)
        for token, places in seen.items()
        for country in places - known.get(token, {}).keys()
    ]
    TokenCountry.objects.bulk_create(fresh, ignore_conflicts=True)
    for token, places in seen.items():
        rows = TokenCountry.objects.filter(token=token, country__in=places)
        rows.filter(last_at__lt=now - timedelta(minutes=1)).update(last_at=now)
