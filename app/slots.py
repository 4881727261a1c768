"""The reviews that one process works at."""

import asyncio
import functools
import itertools
from collections.abc import Collection
from typing import Final, Protocol

import structlog

from app import queue
from app.courtesy import Courtesy
from app.leases import Lease, LeaseLost
from app.metrics import Metrics
from app.queue import Holder
from app.store import Store
from app.tables import Review
from app.under_way import UnderWay, attempt

ATTEMPT_SECONDS: Final = 120.0
log: Final = structlog.get_logger(__name__)


class Job(Protocol):
    """What is done with a claimed review."""

    async def review(self, review: Review, lease: Lease) -> None:
        """Bring a review to its end."""

    async def fail(self, lease: Lease, error: Exception) -> None:
        """Put a review whose attempt failed back into the queue, or end it with a check that says so."""


class Slots:
    """As many reviews as may be under way at once, and one more, so that nobody's only one waits for another's end."""

    def __init__(self, store: Store, job: Job, metrics: Metrics, holder: Holder, at_once: int) -> None:
        self.at_once = at_once
        self.under_way = UnderWay()
        self._store = store
        self._job = job
        self._metrics = metrics
        self._holder = holder
        self._claims = itertools.count(1)
        self._courtesy = Courtesy()
        self._claiming = asyncio.Lock()
        self._closed = False

    async def take(self) -> asyncio.Task[None] | None:
        """Begin with the most urgent review that is due, None when there is none or no room for it."""
        # One after the other, so that none begins in a slot that is just being taken.
        async with self._claiming:
            if self._closed or len(self.under_way) > self.at_once or not self.at_once:
                return None
            is_full = len(self.under_way) == self.at_once
            return await self._claim(self._courtesy.installations if is_full else ())

    async def fill(self) -> None:
        """Begin with all that is due and has room."""
        while await self.take() is not None:
            pass

    async def work_off(self) -> None:
        """Work at one review after the other, until none is due that has room."""
        while (task := await self.take()) is not None:
            await asyncio.wait([task])

    async def close(self, seconds: float) -> None:
        """Take nothing new, give what is under way some time, then put it back into the queue."""
        # One that is just being taken is under way.
        async with self._claiming:
            self._closed = True
        await self.under_way.end(seconds)

    async def _claim(self, passed_over: Collection[int]) -> asyncio.Task[None] | None:
        # A lease of its own for each claim: one that ran out while this process stood still must not look held.
        holder = self._holder._replace(name=f"{self._holder.name}.{next(self._claims)}")
        now = self._store.clock
        review = await self._store.run(lambda session: queue.claim(session, holder, now(), passed_over))
        if review is None:
            return None
        turn = functools.partial(self._courtesy.step_aside, review)
        self._courtesy.begin(review)
        lease = Lease(self._store, review.id, holder, turn)
        return self.under_way.begin(self._work(review, lease), lambda: self._courtesy.end(review))

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
            error = await attempt(self._bounded(review, lease))
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
