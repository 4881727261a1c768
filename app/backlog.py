"""What waits, for metrics and for those who wait until nothing does."""

from typing import NamedTuple

from sqlmodel import Session, col, func, select

from app.tables import OPEN, Delivery, DeliveryState, Pace, Review, ReviewState


class Backlog(NamedTuple):
    """What waits: reviews that are open, deliveries not dealt with, and since when the oldest of each."""

    reviews: int
    oldest_review: float | None
    deliveries: int
    oldest_delivery: float | None


def backlog(session: Session) -> Backlog:
    """Return what waits."""
    open_reviews = session.exec(select(func.count()).select_from(Review).where(col(Review.state).in_(OPEN))).one()
    oldest = session.exec(select(func.min(Review.created_at)).where(Review.state == ReviewState.QUEUED)).one()
    deliveries, oldest_delivery = session.exec(
        select(func.count(), func.min(Delivery.received_at)).where(Delivery.state == DeliveryState.RECEIVED)
    ).one()
    return Backlog(open_reviews, oldest, deliveries, oldest_delivery)


def paused_installations(session: Session, now: float) -> int:
    """Return how many installations GitHub asked to pause."""
    return session.exec(select(func.count()).select_from(Pace).where(col(Pace.paused_until) > now)).one()
