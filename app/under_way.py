"""Tasks of one process that are to end before it does."""

import asyncio
import functools
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Final

import structlog

log: Final = structlog.get_logger(__name__)


class UnderWay:
    """Holds tasks while they run; `ended` is called after each."""

    def __init__(self) -> None:
        self.ended: Callable[[], None] = lambda: None
        self._tasks: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return len(self._tasks)

    def begin(self, work: Coroutine[Any, Any, None], *ended: Callable[[], None]) -> asyncio.Task[None]:
        """Begin some work; call `ended` when it is over, however that was."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(functools.partial(self._over, ended))
        return task

    async def end(self, seconds: float) -> None:
        """Give what is under way some time, then cancel it."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _over(self, ended: Sequence[Callable[[], None]], task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        for call in (*ended, self.ended):
            call()
        if not task.cancelled() and task.exception() is not None:
            # Only what nobody could do anything about: what was held is free after a while, and is taken up again.
            log.error("work given up", error=type(task.exception()).__name__)


async def attempt(work: Coroutine[Any, Any, None]) -> Exception | None:
    """Do some work, and return the error that it ended with."""
    try:
        await work
    except Exception as error:  # noqa: BLE001  # whatever goes wrong in one job must end in its check, not here
        return error
    return None
