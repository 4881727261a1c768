"""Forgetting: what is stored about deliveries and reviews goes when nobody can need it any more."""

import asyncio
from typing import Final

import structlog
from sqlalchemy import String, cast, literal
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col, delete, select

from app.settings import Settings
from app.store import Store
from app.tables import OPEN, Decision, Delivery, DeliveryState, Pusher, Review, ReviewedFinding, Thread, Upload

DAY: Final = 86_400.0
INTERVAL_SECONDS: Final = 3600.0
# Few enough that a delivery does not wait for them.
AT_ONCE: Final = 500
log: Final = structlog.get_logger(__name__)


class Retention:
    """Deletes what is older than the settings say; any number of processes may do it."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._delivery_days = settings.skillaudit_delivery_days
        self._review_days = settings.skillaudit_review_days

    async def run(self) -> None:
        """Delete once an hour."""
        while True:
            try:
                await self.delete()
            except SQLAlchemyError:
                log.exception("nothing deleted")
            await asyncio.sleep(INTERVAL_SECONDS)

    async def delete(self) -> None:
        """Delete all that is due."""
        for work in (self._deliveries, self._reviews):
            while await self._store.run(work) == AT_ONCE:
                pass
        await self._store.run(_orphans)

    def _deliveries(self, session: Session) -> int:
        before = self._store.clock() - self._delivery_days * DAY
        guids = session.exec(
            select(Delivery.guid)
            .where(Delivery.state != DeliveryState.RECEIVED, col(Delivery.received_at) < before)
            .limit(AT_ONCE)
        ).all()
        session.exec(delete(Delivery).where(col(Delivery.guid).in_(guids)))
        return len(guids)

    def _reviews(self, session: Session) -> int:
        before = self._store.clock() - self._review_days * DAY
        ids = session.exec(
            select(Review.id).where(col(Review.state).not_in(OPEN), col(Review.created_at) < before).limit(AT_ONCE)
        ).all()
        session.exec(delete(ReviewedFinding).where(col(ReviewedFinding.review_id).in_(ids)))
        session.exec(delete(Review).where(col(Review.id).in_(ids)))
        session.exec(delete(Upload).where(col(Upload.made_at) < before))
        return len(ids)


def _orphans(session: Session) -> None:
    """Delete what is known of pull requests without a review."""
    # Left to the database: asked about one by one, pull requests by the thousand would keep deliveries waiting.
    for table in (Thread, Decision, Pusher):
        subject = literal("pr:") + cast(col(table.number), String)
        reviews = select(Review.id).where(col(Review.repo_id) == col(table.repo_id), col(Review.subject) == subject)
        session.exec(delete(table).where(~reviews.exists()))
