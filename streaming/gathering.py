"""What many ask at one moment is decided together."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from asgiref.sync import ThreadSensitiveContext

logger = logging.getLogger(__name__)
Question = TypeVar("Question")
Verdict = TypeVar("Verdict")


class Gathering(Generic[Question, Verdict]):
    """While one batch is being decided, the next gathers: alone a question waits for nobody, in a storm few times.

    When deciding a batch fails, each question is decided alone, so that one that cannot be decided spoils no other. Of
    the exceptions in `for_all` that is not to be hoped.
    """

    def __init__(
        self,
        decide: Callable[[Sequence[Question]], Awaitable[Sequence[Verdict]]],
        *,
        most: int,
        rest_seconds: float = 0,
        for_all: tuple[type[Exception], ...] = (),
    ) -> None:
        self._decide = decide
        self._most = most
        self._rest_seconds = rest_seconds
        self._for_all = for_all
        self._waiting: deque[tuple[Question, asyncio.Future[Verdict]]] = deque()
        self._worker: asyncio.Task[None] | None = None

    async def ask(self, question: Question) -> Verdict:
        """The verdict on a question. Raises what deciding it raised."""
        verdict: asyncio.Future[Verdict] = asyncio.get_running_loop().create_future()
        self._waiting.append((question, verdict))
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._work())
        return await verdict

    async def _work(self) -> None:
        while self._waiting:  # again after the thread has ended, which takes a moment in which others may have come
            async with ThreadSensitiveContext():  # a thread of its own: nobody else's work delays the verdicts
                await self._work_off()

    async def _work_off(self) -> None:
        while self._waiting:
            await self._settle([self._waiting.popleft() for _ in range(min(self._most, len(self._waiting)))])
            await asyncio.sleep(self._rest_seconds)

    async def _settle(self, batch: Sequence[tuple[Question, asyncio.Future[Verdict]]]) -> None:
        try:
            verdicts = await self._decide([question for question, _ in batch])
        except Exception as error:
            if len(batch) == 1 or isinstance(error, self._for_all):
                _fail(batch, error)
                return
            logger.exception("%d questions could not be decided together; each is decided alone", len(batch))
            for one in batch:
                await self._settle([one])
        else:
            for (_, waiting), verdict in zip(batch, verdicts, strict=True):
                if not waiting.done():
                    waiting.set_result(verdict)


def _fail(batch: Sequence[tuple[Question, asyncio.Future[Verdict]]], error: Exception) -> None:
    for _, waiting in batch:
        if not waiting.done():
            waiting.set_exception(error)
