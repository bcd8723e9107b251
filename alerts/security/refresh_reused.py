"""A refresh token was shown twice: two parties hold it. The sign-in has ended already; this says so to people."""

from accounts.models import RefreshFamily
from alerts.security.finding import Finding


def finding(family: RefreshFamily, address: str | None) -> Finding:
    """What is told of it; each family once."""
    facts = {"family": str(family.pk), "program": family.user_agent, "last_good_address": family.address}
    return Finding(f"sign-in {family.pk}", user_id=family.user_id, address=address, facts=facts)
