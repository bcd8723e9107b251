"""What is asked at one moment is decided together, and a question that cannot be decided spoils no other."""

import asyncio
from collections.abc import Sequence

import pytest
from asgiref.sync import sync_to_async

from streaming.gathering import Gathering


class Away(Exception):
    """What everybody leans on is away."""


class Oracle:
    """Doubles numbers; remembers what was put to it together."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []

    async def decide(self, questions: Sequence[int]) -> list[int]:
        self.batches.append(list(questions))
        await asyncio.sleep(0)
        if -1 in questions:
            raise Away
        if 13 in questions:
            raise ValueError("13")
        return [2 * number for number in questions]


def gathering_of(oracle: Oracle, most: int = 100) -> Gathering[int, int]:
    return Gathering(oracle.decide, most=most, for_all=(Away,))


async def test_each_gets_its_own_verdict() -> None:
    gathering = gathering_of(Oracle())

    assert await asyncio.gather(*(gathering.ask(number) for number in range(7))) == [0, 2, 4, 6, 8, 10, 12]


async def test_what_comes_while_one_is_decided_is_decided_together() -> None:
    oracle = Oracle()
    gathering = gathering_of(oracle)
    first = asyncio.create_task(gathering.ask(1))
    while not oracle.batches:
        await asyncio.sleep(0)

    await asyncio.gather(first, *(gathering.ask(number) for number in (2, 3, 4)))

    assert oracle.batches == [[1], [2, 3, 4]]


async def test_so_many_at_a_time() -> None:
    oracle = Oracle()
    gathering = gathering_of(oracle, most=2)

    await asyncio.gather(*(gathering.ask(number) for number in range(5)))

    assert oracle.batches == [[0, 1], [2, 3], [4]]


async def test_one_that_cannot_be_decided_spoils_no_other(caplog: pytest.LogCaptureFixture) -> None:
    gathering = gathering_of(Oracle())

    verdicts = await asyncio.gather(*(gathering.ask(number) for number in (1, 13, 2)), return_exceptions=True)

    assert (verdicts[0], verdicts[2]) == (2, 4)
    assert isinstance(verdicts[1], ValueError)


async def test_when_what_all_lean_on_is_away_it_is_asked_once() -> None:
    oracle = Oracle()
    gathering = gathering_of(oracle)

    verdicts = await asyncio.gather(*(gathering.ask(number) for number in (1, -1, 2)), return_exceptions=True)

    assert [type(verdict) for verdict in verdicts] == [Away, Away, Away]
    assert oracle.batches == [[1, -1, 2]]


async def test_after_a_failure_and_after_a_pause_it_goes_on() -> None:
    gathering = gathering_of(Oracle())
    with pytest.raises(Away):
        await gathering.ask(-1)

    assert await gathering.ask(3) == 6
    await asyncio.sleep(0.01)
    assert await gathering.ask(4) == 8


async def test_who_gave_up_waiting_takes_nothing_from_the_others() -> None:
    gathering = gathering_of(Oracle())
    asked = [asyncio.create_task(gathering.ask(number)) for number in (1, 2, 3)]
    await asyncio.sleep(0)
    asked[1].cancel()

    verdicts = await asyncio.gather(*asked, return_exceptions=True)

    assert (verdicts[0], verdicts[2]) == (2, 6)
    assert isinstance(verdicts[1], asyncio.CancelledError)


async def test_who_comes_while_the_thread_of_the_ones_before_ends_gets_a_verdict() -> None:
    def double(questions: Sequence[int]) -> list[int]:
        return [2 * number for number in questions]

    gathering: Gathering[int, int] = Gathering(sync_to_async(double), most=100)

    for turns in range(20):
        await gathering.ask(1)
        for _ in range(turns):
            await asyncio.sleep(0)
        assert await asyncio.wait_for(gathering.ask(2), timeout=5) == 4
