"""A Redis that hangs is left alone for a moment, and asked again after it."""

from accounts.redis_breaker import Breaker


def test_it_opens_with_a_failure() -> None:
    breaker = Breaker(rest_seconds=3600)
    assert not breaker.is_open()
    breaker.failed()
    assert breaker.is_open()


def test_after_the_rest_somebody_may_try() -> None:
    breaker = Breaker(rest_seconds=0)
    breaker.failed()
    assert not breaker.is_open()


def test_a_success_closes_it_at_once() -> None:
    breaker = Breaker(rest_seconds=3600)
    breaker.failed()
    breaker.worked()
    assert not breaker.is_open()


def test_only_the_first_failure_and_the_first_success_after_it_are_news() -> None:
    breaker = Breaker(rest_seconds=3600)
    assert not breaker.worked()
    assert breaker.failed()
    assert not breaker.failed()
    assert breaker.worked()
    assert not breaker.worked()
