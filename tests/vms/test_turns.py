"""So many requests are in at a time; the others wait their turn, and none is forgotten."""

import asyncio
from typing import Any

from vms.turns import in_turns


class Room:
    """An application that counts who is in; it lets nobody out before it is told to."""

    def __init__(self) -> None:
        self.inside = 0
        self.most = 0
        self.came: list[int] = []
        self.doors_open = asyncio.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.came.append(scope)
        self.inside += 1
        self.most = max(self.most, self.inside)
        try:
            await self.doors_open.wait()
            if scope == 2:
                raise ValueError("2")
        finally:
            self.inside -= 1


async def test_no_more_than_so_many_are_in_and_all_get_their_turn_in_order() -> None:
    room = Room()
    application = in_turns(room, most=3)
    asked = [asyncio.create_task(application(number, None, None)) for number in range(10)]
    for _ in range(20):
        await asyncio.sleep(0)
    assert room.came == [0, 1, 2]

    room.doors_open.set()
    outcomes = await asyncio.gather(*asked, return_exceptions=True)

    assert (room.most, room.came) == (3, list(range(10)))
    assert [number for number, outcome in enumerate(outcomes) if outcome is not None] == [2]
