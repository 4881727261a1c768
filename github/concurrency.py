"""Several calls at once, a few at a time."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")
AT_ONCE = 8


async def gather(items: Iterable[T], work: Callable[[T], Awaitable[R]]) -> list[R]:
    """Return the results in the order of the items; the first failure ends the others and is raised by itself."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(item: T) -> R:
        async with gate:
            return await work(item)

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(item)) for item in items]
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from failures
    return [task.result() for task in tasks]


@contextlib.asynccontextmanager
async def begun(work: Coroutine[None, None, T]) -> AsyncIterator[Awaitable[T]]:
    """Let some work begin at once; its result is awaited within the block, and with the block it ends."""
    task = asyncio.create_task(work)
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait([task])
        if not task.cancelled():
            # Whoever waited for it has seen its error; nobody else is to be told of one.
            task.exception()
