"""The loop that turns deliveries into reviews and works at the reviews, in the process of a server or a worker."""

import asyncio
import contextlib
import functools
import itertools
import time
from collections.abc import Awaitable, Callable, Collection
from typing import Final, Protocol

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app import queue
from app.backlog import backlog, paused_installations
from app.courtesy import Courtesy
from app.dispatch import Dispatcher
from app.leases import Lease, LeaseLost
from app.metrics import Metrics
from app.queue import Holder
from app.store import Store
from app.tables import Review

POLL_SECONDS: Final = 1.0
# In a burst every delivery wakes the loop. All are answered first, unless that takes too long, and dispatched together;
# one that comes alone is not kept waiting.
FIRST_SECONDS: Final = 0.005
GATHER_SECONDS: Final = 0.02
MAX_GATHERED: Final = 50
MEASURE_SECONDS: Final = 5.0
ATTEMPT_SECONDS: Final = 120.0
# With what the web server and the database take, a stop ends within 25 seconds.
DRAIN_SECONDS: Final = 15.0
log: Final = structlog.get_logger(__name__)


class Job(Protocol):
    """What is done with a claimed review."""

    async def review(self, review: Review, lease: Lease) -> None:
        """Bring a review to its end."""

    async def fail(self, lease: Lease, error: Exception) -> None:
        """Put a review whose attempt failed back into the queue, or end it with a check that says so."""


class Runner:
    """Works at several reviews at a time until it is stopped."""

    def __init__(self, store: Store, dispatcher: Dispatcher, job: Job, metrics: Metrics, holder: Holder) -> None:
        self._store = store
        self._dispatcher = dispatcher
        self._job = job
        self._metrics = metrics
        self._holder = holder
        self._claims = itertools.count(1)
        self._wake = asyncio.Event()
        self._stopping = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._courtesy = Courtesy()
        self._looked_up: set[str] = set()
        self._measured_at = 0.0

    def wake(self) -> None:
        """Look at once for something to do; in a burst, when it has calmed down."""
        self._wake.set()

    async def run(self, at_once: int) -> None:
        """Work until stopped."""
        while not self._stopping.is_set():
            self._wake.clear()
            try:
                await self._dispatch()
                await self._fill(at_once)
                await self._measure()
            except SQLAlchemyError:
                log.exception("the database cannot be used")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(POLL_SECONDS):
                    await self._wake.wait()
                    await self._gather()

    async def stop(self, drain_seconds: float = DRAIN_SECONDS) -> None:
        """Take nothing new, give what is under way some time, then put it back into the queue."""
        self._stopping.set()
        self.wake()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=drain_seconds)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _gather(self) -> None:
        for pause in (FIRST_SECONDS, *[GATHER_SECONDS] * MAX_GATHERED):
            self._wake.clear()
            await asyncio.sleep(pause)
            if not self._wake.is_set():
                return

    async def _dispatch(self) -> None:
        for guid, request in await self._dispatcher.dispatch():
            if guid not in self._looked_up:
                self._looked_up.add(guid)
                self._spawn(self._look_up(guid, self._dispatcher.look_up(guid, request)))

    async def _look_up(self, guid: str, work: Awaitable[None]) -> None:
        try:
            error = await _attempt(work)
            if error is not None:
                log.warning("not looked up", guid=guid, error=type(error).__name__, reason=str(error))
                await self._dispatcher.failed(guid, error)
        finally:
            # Also where not even the failure could be stored: it is due again after a while.
            self._looked_up.discard(guid)

    async def _fill(self, at_once: int) -> None:
        while not self._stopping.is_set() and len(self._tasks) < at_once and await self._claim():
            pass
        if not self._stopping.is_set() and 0 < at_once == len(self._tasks):
            # One more, so that nobody's only review waits for the end of another's.
            await self._claim(self._courtesy.installations)

    async def _claim(self, passed_over: Collection[int] = ()) -> bool:
        # A lease of its own for each claim: one that ran out while this process stood still must not look held.
        holder = self._holder._replace(name=f"{self._holder.name}.{next(self._claims)}")
        now = self._store.clock
        review = await self._store.run(lambda session: queue.claim(session, holder, now(), passed_over))
        if review is not None:
            turn = functools.partial(self._courtesy.step_aside, review)
            self._courtesy.begin(review)
            lease = Lease(self._store, review.id, holder, turn)
            self._spawn(self._work(review, lease), lambda _: self._courtesy.end(review))
        return review is not None

    def _spawn(self, work: Awaitable[None], *ended: Callable[[asyncio.Future[None]], object]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        for call in (*ended, self._ended):
            task.add_done_callback(call)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._wake.set()
        if not task.cancelled() and task.exception() is not None:
            # Only what the boundary below could not do either: the lease runs out, and the review is taken up again.
            log.error("work given up", error=type(task.exception()).__name__)

    async def _work(self, review: Review, lease: Lease) -> None:
        with structlog.contextvars.bound_contextvars(review=review.id, subject=review.subject, head=review.head_sha):
            try:
                await self._hold(review, lease)
            except* LeaseLost:
                log.warning("lease lost")
            except* asyncio.CancelledError:
                await lease.change(queue.hand_back)
                log.info("put back into the queue")

    async def _hold(self, review: Review, lease: Lease) -> None:
        async with asyncio.TaskGroup() as group:
            heartbeat = group.create_task(lease.keep())
            error = await _attempt(self._bounded(review, lease))
            if isinstance(error, LeaseLost):
                raise error
            if error is not None:
                self._metrics.retries.labels(type(error).__name__).inc()
                log.warning("attempt failed", attempt=review.attempts, error=type(error).__name__, exc_info=error)
                await self._job.fail(lease, error)
            heartbeat.cancel()

    async def _bounded(self, review: Review, lease: Lease) -> None:
        seconds = max(min(ATTEMPT_SECONDS, review.deadline - self._store.clock()), 0.0)
        async with asyncio.timeout(seconds):
            await self._job.review(review, lease)

    async def _measure(self) -> None:
        if time.monotonic() < self._measured_at + MEASURE_SECONDS:
            return
        self._measured_at = time.monotonic()
        now = self._store.clock()
        self._metrics.record_backlog(await self._store.run(backlog), now)
        paused = await self._store.run(lambda session: paused_installations(session, now))
        self._metrics.paused_installations.set(paused)


async def _attempt(work: Awaitable[None]) -> Exception | None:
    try:
        await work
    except Exception as error:  # noqa: BLE001  # whatever goes wrong in one job must end in its check, not here
        return error
    return None
