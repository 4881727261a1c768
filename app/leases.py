"""Holding a review while working at it, and noticing when it is to end or belongs to someone else."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from app import queue
from app.queue import Holder
from app.store import Store
from app.tables import Review

# How often a lease is prolonged while it lasts.
HEARTBEATS: Final = 4
T = TypeVar("T")
log: Final = structlog.get_logger(__name__)


class LeaseLost(Exception):
    """Somebody else works at the review now, or it has ended: nothing more may be written."""


class Lease:
    """One worker's hold of one review; every write to GitHub is preceded by `confirm`."""

    def __init__(
        self, store: Store, review_id: str, holder: Holder, turn: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        self.review_id = review_id
        self._store = store
        self._holder = holder
        # Waited for before each confirmation.
        self._turn = turn
        # Whether what was done under the lease has ended the review, or put it back.
        self._is_over = False

    async def confirm(self) -> Review:
        """Return the row as it is now, and see that the lease lasts for a while. Raise LeaseLost."""

        def look(session: Session) -> Review:
            now = self._store.clock()
            review = queue.held(session, self.review_id, self._holder)
            if review is not None and review.lease_until < now + self._holder.lease_seconds / 2:
                review = queue.renew(session, self.review_id, self._holder, now)
            if review is None:
                raise LeaseLost(self.review_id)
            return review

        if self._turn is not None:
            await self._turn()
        # Asked for so often that a commit for each would be half of what a review costs the database.
        return await self._store.run(look, alone=False)

    async def prolong(self) -> Review:
        """Hold the review for as long again, and return the row as it is now. Raise LeaseLost."""
        return await self.change(lambda _: None)

    async def change(self, alter: Callable[[Review], None]) -> Review:
        """Alter the row while the lease holds. Raise LeaseLost."""

        def altered(_: Session, review: Review) -> Review:
            alter(review)
            return review

        return await self._confirmed(altered, alone=False)

    async def record(self, work: Callable[[Session, Review], T]) -> T:
        """Return what some work comes to in the transaction in which the lease is confirmed. Raise LeaseLost."""
        return await self._confirmed(work, alone=True)

    async def _confirmed(self, work: Callable[[Session, Review], T], *, alone: bool) -> T:
        def confirmed(session: Session) -> T:
            review = queue.renew(session, self.review_id, self._holder, self._store.clock())
            if review is None:
                raise LeaseLost(self.review_id)
            result = work(session, review)
            self._is_over = not queue.is_held(review, self._holder)
            return result

        try:
            return await self._store.run(confirmed, alone=alone)
        except SQLAlchemyError:
            self._is_over = False
            raise

    async def keep(self) -> None:
        """Prolong the lease until cancelled, or given up by the work that it is for. Raise LeaseLost."""
        seconds = self._holder.lease_seconds
        held_until = time.monotonic() + seconds
        while True:
            await asyncio.sleep(seconds / HEARTBEATS)
            try:
                await self.prolong()
            except SQLAlchemyError:
                log.warning("lease not prolonged", review=self.review_id)
            except LeaseLost:
                # Who has just ended the review may still have to hear that it is ended, and tell.
                if not self._is_over:
                    raise
                return
            else:
                held_until = time.monotonic() + seconds
            if time.monotonic() > held_until:
                raise LeaseLost(self.review_id)
