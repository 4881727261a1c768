"""The reviews of one subject, asked for with every delivery: in a burst the queries' making would cost most of it."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from app.events import Enqueue
from app.tables import OPEN, Review, ReviewState

# Who pushes while the review of the last push is under way may push again: of a series only the last is reviewed.
SETTLE_SECONDS: Final = 2.0
_OF_SUBJECT: Final = select(Review).where(Review.repo_id == bindparam("repo"), Review.subject == bindparam("subject"))
_SAME: Final = _OF_SUBJECT.where(
    Review.head_sha == bindparam("head"),
    Review.base_sha == bindparam("base"),
    Review.engine_version == bindparam("engine"),
)
_OPEN: Final = _OF_SUBJECT.where(col(Review.state).in_(OPEN)).with_for_update()
_NEWEST: Final = _OF_SUBJECT.order_by(col(Review.created_at).desc()).limit(1)
_JUDGED: Final = (
    _OF_SUBJECT.where(Review.state == ReviewState.DONE, col(Review.conclusion) != "cancelled")
    .order_by(col(Review.created_at).desc())
    .limit(1)
)


def same(session: Session, request: Enqueue, engine_version: str) -> Sequence[Review]:
    """Return the reviews of what is asked for, by this version of the engine."""
    asked = {
        "repo": request.where.repo_id,
        "subject": request.subject,
        "head": request.head_sha,
        "base": request.base_sha,
        "engine": engine_version,
    }
    return session.exec(_SAME, params=asked).all()


def open_of(session: Session, repo_id: int, subject: str) -> Sequence[Review]:
    """Return the reviews that are open, locked."""
    return session.exec(_OPEN, params={"repo": repo_id, "subject": subject}).all()


def settled_at(before: Sequence[Review], now: float) -> float:
    """Return when to begin the review that takes the place of open ones: later where one began, or waits like this."""
    is_series = any(
        row.state == ReviewState.RUNNING or row.step or row.attempts or row.not_before > now for row in before
    )
    return now + SETTLE_SECONDS if is_series else 0.0


def newest_of(session: Session, repo_id: int, subject: str) -> Review | None:
    """Return the latest review."""
    return session.exec(_NEWEST, params={"repo": repo_id, "subject": subject}).first()


def last_judged(session: Session, repo_id: int, subject: str) -> Review | None:
    """Return the latest review that came to a result."""
    return session.exec(_JUDGED, params={"repo": repo_id, "subject": subject}).first()


def may_be_back(session: Session, request: Enqueue) -> bool:
    """Tell whether a branch may have been forced back to a head that was reviewed: its comments are another one's.

    Only GitHub knows: an event that comes late looks the same.
    """
    repo_id, subject = request.where.repo_id, request.subject
    if any(row.head_sha == request.head_sha and not row.halt for row in open_of(session, repo_id, subject)):
        return False
    judged = last_judged(session, repo_id, subject)
    return judged is not None and judged.head_sha != request.head_sha
