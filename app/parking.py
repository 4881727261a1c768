"""Reviews that have their result and wait for those of other pull requests with the same head."""

from typing import Final

from sqlalchemy import bindparam, update
from sqlmodel import Session, col

from app.offers import offer
from app.tables import OPEN, Review, ReviewState

# The step of a review that makes its check run or has it, of one that began to and left that to another review of its
# head, of one that waits, and of one that went on since. With each of them something may stand at GitHub.
BEGUN: Final = "begun"
YIELDED: Final = "yielded"
PARKED: Final = "parked"
UNPARKED: Final = "unparked"
# Written once: in a burst it is needed for each delivery.
_WAKE: Final = (
    update(Review)
    .where(
        col(Review.repo_id) == bindparam("repo"),
        col(Review.head_sha) == bindparam("head"),
        col(Review.state) == ReviewState.QUEUED,
        col(Review.step) == PARKED,
    )
    .values(not_before=0.0)
)


def is_deciding(review: Review) -> bool:
    """Tell whether a review is open and may not have looked yet at what the others have come to."""
    return review.state in OPEN and (not review.conclusion or review.step == PARKED)


def is_to_make(review: Review) -> bool:
    """Tell whether the check run of its head is a review's to make: of reviews with one head, one at a time."""
    return review.state in OPEN and review.step == BEGUN and review.check_run_id is None


def is_making(review: Review, now: float) -> bool:
    """Tell whether a review is just making the check run of its head."""
    return is_to_make(review) and review.state == ReviewState.RUNNING and review.lease_until > now


def is_awaited(review: Review) -> bool:
    """Tell whether a review has no result yet, or somebody is just concluding with it."""
    return review.state == ReviewState.RUNNING or (review.state == ReviewState.QUEUED and not review.conclusion)


def wake_parked(session: Session, review: Review) -> None:
    """Let those go on that wait for this review, which has ended or is to end."""
    if review.number is None:
        return
    found = session.connection().execute(_WAKE, {"repo": review.repo_id, "head": review.head_sha})
    if found.rowcount:
        offer(session)
