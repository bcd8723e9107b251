"""Quantiles are measured values, never invented between two."""

import pytest

from bench.quantiles import quantile, spread_of


@pytest.mark.parametrize(("share", "value"), [(0.5, 10), (0.95, 19), (0.99, 20), (1.0, 20), (0.0, 1)])
def test_of_twenty_values(share: float, value: int) -> None:
    assert quantile(range(20, 0, -1), share) == value


def test_one_value_is_every_quantile() -> None:
    assert spread_of([3.0]) == {"count": 1, "p50": 3.0, "p95": 3.0, "p99": 3.0, "max": 3.0}


def test_nothing_measured_is_no_zero() -> None:
    with pytest.raises(ValueError, match="nothing was measured"):
        quantile([], 0.5)
