"""The queue of reviews: the rows themselves, each held by a lease while somebody works at it.

Every function works in the transaction of the session it is given.
"""

import secrets
from collections.abc import Collection, Sequence
from typing import Final, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, and_, case, func, or_, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from app.events import Enqueue, HaltInstallation, HaltSubject, Rerequest, Resume, Where
from app.offers import offer
from app.parking import wake_parked
from app.subjects import open_of, same, settled_at
from app.tables import OPEN, Halt, Pace, Pusher, Review, ReviewState

MAX_ATTEMPTS: Final = 3
# A review that has not ended by then, retries and pauses included, ends as timed out.
DEADLINE_SECONDS: Final = 600.0
# Who has waited for longer has pushed again, or no longer waits.
RESUMED_SECONDS: Final = 14 * 24 * 3600.0
MAX_RESUMED: Final = 200
# A merge queue waits for its check with everyone's merges behind it.
PRIORITY: Final = {"mg": 0, "pr": 1, "base": 2}


class Holder(NamedTuple):
    """Who works at a review, and for how long others leave it alone without word from there."""

    name: str
    lease_seconds: float = 20.0


def enqueue(session: Session, request: Enqueue, engine_version: str, now: float) -> Review | None:
    """Add a review and halt the open ones of its subject; None when this head is reviewed or being reviewed."""
    known = same(session, request, engine_version)
    if not request.again and any(_stands(row) for row in known):
        return None
    before = open_of(session, request.where.repo_id, request.subject)
    not_before = 0.0 if request.again else settled_at(before, now)
    _halt(session, before, Halt.SUPERSEDED, now, request.head_sha)
    review = Review(
        id=secrets.token_hex(8),
        installation_id=request.where.installation_id,
        repo_id=request.where.repo_id,
        full_name=request.where.full_name,
        subject=request.subject,
        head_sha=request.head_sha,
        base_sha=request.base_sha,
        base_ref=request.base_ref,
        engine_version=engine_version,
        rerun=max((row.rerun + 1 for row in known), default=0),
        priority=_priority(request),
        not_before=not_before,
        created_at=now,
        deadline=now + DEADLINE_SECONDS,
    )
    session.add(review)
    offer(session)
    return review


def enqueue_base(session: Session, request: Enqueue, engine_version: str, now: float) -> Review | None:
    """Add a comparison of the default branch; one that waits already is taken into it, from where that begins."""
    waiting = open_of(session, request.where.repo_id, request.subject)
    base_sha = waiting[0].base_sha if waiting else request.base_sha
    return enqueue(session, msgspec.structs.replace(request, base_sha=base_sha), engine_version, now)


def note_pusher(session: Session, request: Enqueue) -> None:
    """Remember who pushed to the branch of a pull request."""
    kind, _, number = request.subject.partition(":")
    if kind == "pr" and request.pusher:
        key = {"repo_id": request.where.repo_id, "number": int(number), "login": request.pusher}
        session.connection().execute(_NOTE_PUSHER[session.get_bind().dialect.name], key)


def where_of(review: Review) -> Where:
    """Return the repository of a review."""
    return Where(review.installation_id, review.repo_id, review.full_name)


def rerun(session: Session, request: Rerequest, engine_version: str, now: float) -> list[Review]:
    """Add a review for each subject that was reviewed at this commit; none where nothing is known of it."""
    job = request.external_id.rpartition(":")[2]
    known = session.get(Review, job) if job else None
    if known is not None and known.repo_id == request.where.repo_id:
        rows: Sequence[Review] = [known]
    else:
        rows = session.exec(
            select(Review)
            .where(Review.repo_id == request.where.repo_id, Review.head_sha == request.head_sha)
            .order_by(col(Review.created_at))
        ).all()
    latest = {row.subject: row for row in rows}
    added = [enqueue(session, again(row, request.where), engine_version, now) for row in latest.values()]
    return [review for review in added if review is not None]


def again(row: Review, where: Where) -> Enqueue:
    """Return the request to do a review once more."""
    return Enqueue(where, row.subject, row.head_sha, row.base_sha, row.base_ref, again=True)


def is_base(session: Session, repo_id: int, branch: str) -> bool:
    """Tell whether a pull request was reviewed against a branch."""
    rows = select(Review.id).where(
        Review.repo_id == repo_id, Review.base_ref == branch, col(Review.subject).startswith("pr:")
    )
    return session.exec(rows.limit(1)).first() is not None


def halt_subject(session: Session, request: HaltSubject, now: float) -> None:
    """End the open reviews of a subject."""
    _halt(session, open_of(session, request.repo_id, request.subject), request.halt, now)


def halt_installation(session: Session, request: HaltInstallation, now: float) -> None:
    """End the open reviews of an installation, or of some of its repositories."""
    rows = select(Review).where(Review.installation_id == request.installation_id, col(Review.state).in_(OPEN))
    if request.repo_ids is not None:
        rows = rows.where(col(Review.repo_id).in_(request.repo_ids))
    _halt(session, session.exec(rows.with_for_update()).all(), Halt.UNINSTALLED, now)


def resume(session: Session, request: Resume, engine_version: str, now: float) -> list[Review]:
    """Add a review for each subject whose last one failed for want of what an installation has now."""
    rows = session.exec(
        select(Review)
        .where(
            Review.installation_id == request.installation_id,
            col(Review.created_at) > now - RESUMED_SECONDS,
            # A merge group that could not be judged was dissolved long since.
            col(Review.subject).not_like("mg:%"),
        )
        .order_by(col(Review.created_at))
    ).all()
    latest = {(row.repo_id, row.subject): row for row in rows}
    refused = [row for row in latest.values() if _was_refused(row)][:MAX_RESUMED]
    added = [enqueue(session, again(row, where_of(row)), engine_version, now) for row in refused]
    return [review for review in added if review is not None]


def claim(session: Session, holder: Holder, now: float, passed_over: Collection[int] = ()) -> Review | None:
    """Take the most urgent review that is due or whose lease has run out; one at a time for each subject.

    Of equally urgent ones that of the installation goes first which had no turn for the longest time: one that asks
    for a thousand reviews does not hold up another that asks for one. Those of some installations are `passed_over`.
    """
    review = session.exec(
        select(Review)
        .join(Pace, col(Pace.installation_id) == col(Review.installation_id), isouter=True)
        .where(_is_due(now), col(Review.installation_id).not_in(passed_over))
        # What an outage of its own holds up must not hold up the others. One that is to end may have its verdict at
        # GitHub already: a later review of the same head must know of it.
        .order_by(
            case((col(Review.halt) != Halt.NONE, 0), else_=1),
            col(Review.priority),
            case((col(Review.attempts) > 0, 1), else_=0),
            func.coalesce(Pace.served_at, 0.0),
            col(Review.created_at),
        )
        .limit(1)
        .with_for_update(skip_locked=True, of=Review)
    ).first()
    if review is not None:
        review.state, review.attempts = ReviewState.RUNNING, review.attempts + 1
        review.lease_owner, review.lease_until = holder.name, now + holder.lease_seconds
        _note_turn(session, review.installation_id, now)
    return review


def has_due(session: Session, now: float) -> bool:
    """Tell whether there is a review to claim."""
    return session.exec(select(Review.id).where(_is_due(now)).limit(1)).first() is not None


def is_held(review: Review, holder: Holder) -> bool:
    """Tell whether somebody works at a review."""
    return review.state == ReviewState.RUNNING and review.lease_owner == holder.name


def held(session: Session, review_id: str, holder: Holder, *, lock: bool = False) -> Review | None:
    """Return the row of a review as it is now, None when the lease was lost."""
    review = session.get(Review, review_id, with_for_update=True if lock else None)
    return review if review is not None and is_held(review, holder) else None


def renew(session: Session, review_id: str, holder: Holder, now: float) -> Review | None:
    """Prolong a lease and return the row as it is now, None when the lease was lost."""
    review = held(session, review_id, holder, lock=True)
    if review is not None:
        review.lease_until = now + holder.lease_seconds
    return review


def release(review: Review, not_before: float, error: str) -> None:
    """Put a review back into the queue."""
    review.state, review.not_before, review.error = ReviewState.QUEUED, not_before, error
    review.lease_owner, review.lease_until = "", 0.0


def hand_back(review: Review) -> None:
    """Put a review back into the queue that was interrupted through no fault of its own."""
    release(review, 0.0, "the server was stopped")
    review.attempts -= 1


def finish(session: Session, review: Review, state: ReviewState, now: float) -> None:
    """End a review for good."""
    review.state, review.finished_at = state, now
    review.lease_owner, review.lease_until = "", 0.0
    wake_parked(session, review)


def answered_meanwhile(session: Session, review: Review) -> Review | None:
    """Return the review of the same head that a late event about another head halted, yet too late to end it."""
    same = select(Review).where(
        Review.repo_id == review.repo_id,
        Review.subject == review.subject,
        Review.head_sha == review.head_sha,
        Review.base_sha == review.base_sha,
        Review.engine_version == review.engine_version,
        Review.state == ReviewState.DONE,
        Review.halt == Halt.SUPERSEDED,
        # A review that was asked for on purpose, of this very head, is done.
        Review.halted_by != review.head_sha,
        col(Review.finished_at) >= review.created_at,
    )
    return session.exec(same).first()


def void_leases(session: Session) -> None:
    """Let every lease run out: for a server that knows to be the only one on its database."""
    session.exec(update(Review).where(col(Review.state) == ReviewState.RUNNING).values(lease_until=0.0))


_UNFINISHED: Final = (ReviewState.SUPERSEDED, ReviewState.CANCELLED)
_NOTE_PUSHER: Final = {
    "sqlite": sqlite.insert(Pusher).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(Pusher).on_conflict_do_nothing(),
}


def _is_due(now: float) -> ColumnElement[bool]:
    due = or_(
        and_(col(Review.state) == ReviewState.QUEUED, col(Review.not_before) <= now),
        and_(col(Review.state) == ReviewState.RUNNING, col(Review.lease_until) <= now),
    )
    # Asked for once: looked up for each row that is due, a long queue of one repository would cost its square.
    busy = select(Review.repo_id, Review.subject).where(
        Review.state == ReviewState.RUNNING, col(Review.lease_until) > now
    )
    return and_(due, tuple_(col(Review.repo_id), col(Review.subject)).not_in(busy))


def _note_turn(session: Session, installation_id: int, now: float) -> None:
    pace = session.get(Pace, installation_id)
    if pace is None:
        session.add(Pace(installation_id=installation_id, served_at=now))
    else:
        pace.served_at = now


def _priority(request: Enqueue) -> int:
    return PRIORITY[request.subject.partition(":")[0]] if request.priority is None else request.priority


def _was_refused(review: Review) -> bool:
    # Given up without anybody's wish, because nothing could be written to GitHub any more.
    shut_out = review.state == ReviewState.CANCELLED and review.halt in (Halt.NONE, Halt.UNINSTALLED)
    return shut_out or (review.state == ReviewState.DONE and review.conclusion == "action_required")


def _stands(review: Review) -> bool:
    # One that was halted too late to end has its true result all the same.
    return review.state == ReviewState.DONE or (not review.halt and review.state not in _UNFINISHED)


def _halt(session: Session, rows: Sequence[Review], reason: Halt, now: float, by: str = "") -> None:
    for row in rows:
        if row.halt and reason is Halt.SUPERSEDED:
            # It ends already, and what ended it stays known.
            continue
        row.halt, row.halted_by = reason, by
        row.not_before = 0.0
        if row.state == ReviewState.QUEUED and not row.step:
            # No step of it was begun, so there is no check run to conclude.
            state = ReviewState.SUPERSEDED if reason is Halt.SUPERSEDED else ReviewState.CANCELLED
            finish(session, row, state, now)
        else:
            wake_parked(session, row)
        session.add(row)
