"""Uploads to code scanning of which GitHub has not said yet what became of them; kept through any restart."""

from typing import Final

import msgspec
from sqlmodel import Session, col, select

from app import queue
from app.subjects import open_of
from app.tables import Review, Upload

MAX_LOOKS: Final = 10
LOOK_SECONDS: Final = 30.0
# After each failure in a row the default branch is uploaded once more, later each time, up to this many failures.
MAX_FAILURES: Final = 4
RETRY_SECONDS: Final = 300.0
# Of one process at a time.
MAX_DUE: Final = 50


class Pending(msgspec.Struct, frozen=True):
    """An upload whose processing is not known to be over, and the review that made it."""

    review: Review
    upload_id: str


def note(session: Session, review: Review, upload_id: str, now: float) -> None:
    """Remember an upload, instead of the one before it."""
    row = _row(session, review, now)
    row.review_id, row.upload_id, row.refusal = review.id, upload_id, ""
    row.looks_left, row.look_at = MAX_LOOKS, now + LOOK_SECONDS


def note_refusal(session: Session, review: Review, reason: str, now: float) -> None:
    """Remember why GitHub did not take an upload."""
    _row(session, review, now).refusal = reason


def due(session: Session, now: float) -> list[Pending]:
    """Return what is to be looked at now, by nobody else for a while; after some looks nobody does any more."""
    rows = session.exec(
        select(Upload)
        .where(Upload.upload_id != "", col(Upload.look_at) <= now)
        .order_by(col(Upload.look_at))
        .limit(MAX_DUE)
        .with_for_update(skip_locked=True)
    ).all()
    found = [(row, session.get(Review, row.review_id)) for row in rows]
    pending = [Pending(review, row.upload_id) for row, review in found if review is not None and row.looks_left]
    for row, review in found:
        if review is None or not row.looks_left:
            row.upload_id = ""
        row.looks_left, row.look_at = max(row.looks_left - 1, 0), now + LOOK_SECONDS
    return pending


def pending_of(session: Session, review: Review) -> Pending | None:
    """Return the upload before a review's, of which nothing is known yet."""
    row = _last(session, review)
    made_by = session.get(Review, row.review_id) if row is not None and row.upload_id else None
    return Pending(made_by, row.upload_id) if row is not None and made_by is not None else None


def failure(session: Session, review: Review) -> str:
    """Return why the last processed upload before a review's failed, "" if it did not."""
    row = _last(session, review)
    return "" if row is None else row.failure


def troubles(session: Session) -> list[tuple[str, str]]:
    """Return the repositories whose last upload was refused or could not be processed, each with the reason."""
    rows = session.exec(
        select(Upload)
        .where((Upload.failure != "") | (Upload.refusal != ""))
        .order_by(col(Upload.full_name), col(Upload.is_of_base))
    )
    return [(row.full_name, row.refusal or _told(row)) for row in rows]


def over(session: Session, upload: Pending, reason: str, now: float, *, again: bool) -> bool:
    """Note that an upload was processed, or the reason why not.

    After a first failure its pull request is reviewed `again`, so that the findings become comments; return whether.
    The default branch has no comments: its next upload is due after a while.
    """
    row = _last(session, upload.review, lock=True)
    if row is None or row.upload_id != upload.upload_id:
        return False
    row.upload_id, row.failure, row.failures = "", reason, row.failures + 1 if reason else 0
    row.look_at = now + _pause(row)
    # Once the findings are comments, another failure hides nothing.
    if row.is_of_base or row.failures != 1 or not again:
        return False
    request = queue.again(upload.review, queue.where_of(upload.review))
    return queue.enqueue(session, request, upload.review.engine_version, now) is not None


def upload_again(session: Session, now: float) -> list[Review]:
    """Queue the default branches whose last upload failed and is to be made once more by now."""
    rows = session.exec(
        select(Upload)
        .where(
            col(Upload.is_of_base).is_(True),
            Upload.upload_id == "",
            col(Upload.failures).between(1, MAX_FAILURES - 1),
            col(Upload.look_at) <= now,
        )
        .limit(MAX_DUE)
        .with_for_update(skip_locked=True)
    ).all()
    queued = []
    for row in rows:
        row.look_at = now + _pause(row)
        review = session.get(Review, row.review_id)
        # What waits already brings its own upload.
        if review is None or open_of(session, review.repo_id, review.subject):
            continue
        # Compared with itself, the branch concerns no pull request.
        request = msgspec.structs.replace(queue.again(review, queue.where_of(review)), base_sha=review.head_sha)
        added = queue.enqueue(session, request, review.engine_version, now)
        queued += [] if added is None else [added]
    return queued


def _pause(row: Upload) -> float:
    return RETRY_SECONDS * 4.0 ** max(row.failures - 1, 0)


def _told(row: Upload) -> str:
    if not row.is_of_base or row.failures < MAX_FAILURES:
        return row.failure
    return f"{row.failure} ({row.failures} times in a row; the next push to the default branch tries again)"


def _last(session: Session, review: Review, *, lock: bool = False) -> Upload | None:
    return session.get(Upload, (review.repo_id, review.is_of_base), with_for_update=True if lock else None)


def _row(session: Session, review: Review, now: float) -> Upload:
    row = _last(session, review)
    if row is None:
        row = Upload(
            repo_id=review.repo_id,
            is_of_base=review.is_of_base,
            full_name=review.full_name,
            review_id=review.id,
            made_at=now,
        )
        session.add(row)
    row.full_name, row.made_at = review.full_name, now
    return row
