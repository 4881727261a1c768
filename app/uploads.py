"""Uploads to code scanning of which GitHub has not said yet what became of them; kept through any restart."""

from typing import Final

import msgspec
from sqlmodel import Session, col, select

from app import queue
from app.tables import Review, Upload

MAX_LOOKS: Final = 10
LOOK_SECONDS: Final = 30.0
# Of one process at a time.
MAX_DUE: Final = 50


class Pending(msgspec.Struct, frozen=True):
    """An upload whose processing is not known to be over, and the review that made it."""

    review: Review
    upload_id: str


def note(session: Session, review: Review, upload_id: str, now: float) -> None:
    """Remember an upload, instead of the repository's one before it."""
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


def pending_of(session: Session, repo_id: int) -> Pending | None:
    """Return a repository's upload of which nothing is known yet."""
    row = session.get(Upload, repo_id)
    review = session.get(Review, row.review_id) if row is not None and row.upload_id else None
    return Pending(review, row.upload_id) if row is not None and review is not None else None


def failure(session: Session, repo_id: int) -> str:
    """Return why a repository's last processed upload failed, "" if it did not."""
    row = session.get(Upload, repo_id)
    return "" if row is None else row.failure


def troubles(session: Session) -> list[tuple[str, str]]:
    """Return the repositories whose last upload was refused or could not be processed, each with the reason."""
    rows = session.exec(
        select(Upload).where((Upload.failure != "") | (Upload.refusal != "")).order_by(col(Upload.full_name))
    )
    return [(row.full_name, row.refusal or row.failure) for row in rows]


def over(session: Session, upload: Pending, reason: str, now: float, *, again: bool) -> bool:
    """Note that an upload was processed, or the reason why not.

    After a first failure its pull request is reviewed `again`, so that the findings become comments; return whether.
    """
    row = session.get(Upload, upload.review.repo_id, with_for_update=True)
    if row is None or row.upload_id != upload.upload_id:
        return False
    # Once the findings are comments, another failure hides nothing.
    hidden = bool(reason) and not row.failure and upload.review.number is not None
    row.upload_id, row.failure = "", reason
    if not hidden or not again:
        return False
    request = queue.again(upload.review, queue.where_of(upload.review))
    return queue.enqueue(session, request, upload.review.engine_version, now) is not None


def _row(session: Session, review: Review, now: float) -> Upload:
    row = session.get(Upload, review.repo_id)
    if row is None:
        row = Upload(repo_id=review.repo_id, full_name=review.full_name, review_id=review.id, made_at=now)
        session.add(row)
    row.full_name, row.made_at = review.full_name, now
    return row
