"""Pure: what a list of measured times says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict


class Spread(TypedDict):
    """Quantiles of measured values, in the values' own unit."""

    count: int
    p50: float
    p95: float
    p99: float
    max: float


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest measured value that at least this share of all values do not exceed. Raises ValueError without any."""
    if not values:
        raise ValueError("nothing was measured")
    ordered = sorted(values)
    # Counted in ten-thousandths, so that 0.95 of 20 is the 19th value and not, by a rounding error, the 20th.
    rank = -(-round(share * 10_000) * len(ordered) // 10_000)
    return ordered[max(0, rank - 1)]


def spread_of(values: Sequence[float]) -> Spread:
    """Median, tail and worst. Raises ValueError without any value."""
    p50, p95, p99 = (round(quantile(values, share), 2) for share in (0.5, 0.95, 0.99))
    return Spread(count=len(values), p50=p50, p95=p95, p99=p99, max=round(max(values), 2))
