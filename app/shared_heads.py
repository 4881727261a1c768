"""Pull requests with the same head: GitHub shows a check on a commit, so they share one, with the worst result of all.

While another of them is still being reviewed, a review that has its result is parked; who comes last concludes, and
wakes the others.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

import msgspec
from sqlmodel import Session, col, select

from app import queue
from app.commenting import is_open_at
from app.endings import Told
from app.events import Enqueue, HaltSubject
from app.halting import Halted
from app.leases import Lease
from app.parking import BEGUN, PARKED, UNPARKED, YIELDED, is_awaited, is_deciding, is_making, is_to_make
from app.render import notes
from app.render.github import with_note
from app.subjects import newest_of
from app.tables import OPEN, Halt, Review, ReviewState
from app.tools import Tools
from github.checks import Output
from github.errors import NotFound
from github.installations import READ
from github.pulls import read_pull

# They are woken; should a call be lost, they look by themselves.
PARK_SECONDS: Final = 30.0
# How often a review looks whether the check run that another one is making is there.
BEGIN_SECONDS: Final = 0.1
# From the best to the worst.
ORDER: Final = ("success", "skipped", "neutral", "cancelled", "action_required", "timed_out", "failure")


class Shared(msgspec.Struct, frozen=True):
    """How a review ends that shares its head: nothing `told` means that another one will conclude."""

    told: Told | None


async def share(tools: Tools, review: Review, lease: Lease, told: Told) -> Shared:
    """Return the conclusion for all pull requests with this head, or park the review.

    Raise Halted when its own has left that head meanwhile, CallFailed or LeaseLost.
    """
    if review.number is None:
        return Shared(told)
    others: list[Review] = []

    def note(session: Session, row: Review) -> bool:
        row.conclusion, row.title = told.conclusion, told.output.title
        others.extend(siblings(session, row))
        if row.halt and any(is_awaited(other) for other in others):
            raise Halted
        return _park(row, others, tools.store.clock())

    if await lease.record(note):
        return Shared(None)
    if others:
        await _require_head(tools, review, lease)
    return Shared(combined(told, await _living(tools, review, others), review.number))


async def result_without(tools: Tools, review: Review) -> Told | None:
    """Return what the others with this head have come to when a review is halted. Raise CallFailed."""
    if review.number is None:
        return None
    others = await tools.store.run(lambda session: siblings(session, review))
    living = await _living(tools, review, others)
    if not living:
        return None
    worst = _worst(living)
    output = with_note(Output(_title(worst), ""), notes.shared_results([_result(other) for other in living]))
    return Told(worst.conclusion, output)


async def park_again(tools: Tools, lease: Lease) -> bool:
    """Tell whether a review that has its result must wait still, and then put it back."""
    return await lease.record(lambda session, row: _park(row, siblings(session, row), tools.store.clock()))


class Beginning(msgspec.Struct, frozen=True):
    """The check run in progress to share; without one it is to be made, unless one of these `begun` reviews did."""

    check_run_id: int | None
    begun: tuple[Review, ...] = ()


async def begin_check(clock: Callable[[], float], lease: Lease) -> Beginning:
    """Note that a check run is about to be made, or share the one that another review of the head has in progress.

    While another review is making one, wait for it: as long as it holds its lease. Raise LeaseLost.
    """
    while True:
        found = await lease.record(lambda session, row: begin(session, row, clock()))
        if found is not None:
            return found
        await asyncio.sleep(BEGIN_SECONDS)


def begin(session: Session, row: Review, now: float) -> Beginning | None:
    """Return what there is to share or to make, None while another review is making it.

    In a transaction that runs alone: of all reviews of a head, one at a time is to make its check run.
    """
    here = _at_head(session, row) if row.number is not None else []
    for other in _latest(here):
        # Who concludes already does so without this review's result, and what it has by now may be concluded.
        if (other.check_run_id or 0) > (row.check_run_id or 0) and is_deciding(other):
            row.step = row.step or BEGUN
            row.check_run_id = other.check_run_id
            return Beginning(other.check_run_id)
    if any(is_making(other, now) for other in here):
        return None
    for other in here:
        other.step = YIELDED if is_to_make(other) else other.step
    row.check_run_id = None
    begun = tuple(review for review in (row, *here) if review.step and review.check_run_id is None)
    row.step = BEGUN
    return Beginning(None, begun)


async def is_left_to_another(tools: Tools, review: Review) -> bool:
    """Tell whether another review, of the same head, has this one's check run and will conclude it."""

    def shared(session: Session) -> bool:
        return any(
            other.state in OPEN and other.check_run_id == review.check_run_id for other in siblings(session, review)
        )

    return review.number is not None and await tools.store.run(shared)


def review_freed(session: Session, event: HaltSubject | Enqueue, engine_version: str, now: float) -> None:
    """Review again whose better result was hidden by that of a pull request which leaves their head now."""
    repo_id = event.where.repo_id if isinstance(event, Enqueue) else event.repo_id
    newest = newest_of(session, repo_id, event.subject)
    if newest is None or newest.state != ReviewState.DONE or newest.halt:
        return
    if isinstance(event, Enqueue) and event.head_sha == newest.head_sha:
        return
    for other in siblings(session, newest):
        hidden = bool(other.conclusion) and _rank(other.conclusion) < _rank(newest.conclusion)
        if hidden and newest_of(session, other.repo_id, other.subject) == other:
            queue.enqueue(session, queue.again(other, queue.where_of(other)), engine_version, now)


def siblings(session: Session, review: Review) -> list[Review]:
    """Return the latest review of each other pull request with the same head, but those that ended without a result."""
    return _latest(_at_head(session, review))


def _at_head(session: Session, review: Review) -> Sequence[Review]:
    return session.exec(
        select(Review)
        .where(
            Review.repo_id == review.repo_id,
            Review.head_sha == review.head_sha,
            Review.subject != review.subject,
            col(Review.subject).startswith("pr:"),
            col(Review.state).in_([*OPEN, ReviewState.DONE]),
        )
        .order_by(col(Review.created_at))
    ).all()


def _latest(reviews: Sequence[Review]) -> list[Review]:
    return list({review.subject: review for review in reviews if not review.halt}.values())


def _park(row: Review, others: Sequence[Review], now: float) -> bool:
    if row.number is None or row.halt or not any(is_awaited(other) for other in others):
        row.step = UNPARKED if row.step == PARKED else row.step
        return False
    queue.release(row, now + PARK_SECONDS, "")
    row.step = PARKED
    # Waiting for others costs neither an attempt nor its time.
    row.attempts -= 1
    row.deadline = max(row.deadline, now + queue.DEADLINE_SECONDS)
    return True


def combined(told: Told, others: Sequence[Review], number: int) -> Told:
    """Return the worst conclusion, with the others named."""
    if not others:
        return told
    worst = _worst(others)
    output = with_note(told.output, notes.shared_head([_result(other) for other in others], number))
    if _rank(worst.conclusion) <= _rank(told.conclusion):
        return Told(told.conclusion, output)
    return Told(worst.conclusion, msgspec.structs.replace(output, title=_title(worst)))


def _worst(reviews: Sequence[Review]) -> Review:
    return max(reviews, key=lambda review: _rank(review.conclusion))


def _title(review: Review) -> str:
    return f"#{review.number}: {review.title}"


def _result(review: Review) -> tuple[int, str, str]:
    return review.number or 0, review.conclusion, review.title


def _rank(conclusion: str) -> int:
    return ORDER.index(conclusion) if conclusion in ORDER else 0


async def _require_head(tools: Tools, review: Review, lease: Lease) -> None:
    """Raise Halted where the pull request has left its head: no event may have told of it yet, and another has it."""
    pull = await read_pull(tools.repository(review, READ), review.number or 0)
    if pull.state == "open" and pull.head.sha == review.head_sha:
        return
    reason, by = (Halt.CLOSED, "") if pull.state != "open" else (Halt.SUPERSEDED, pull.head.sha)

    def note(row: Review) -> None:
        row.halt, row.halted_by = reason, by

    await lease.change(note)
    raise Halted


async def _living(tools: Tools, review: Review, others: Sequence[Review]) -> list[Review]:
    return [other for other in others if await _is_living(tools, review, other)]


async def _is_living(tools: Tools, review: Review, other: Review) -> bool:
    if other.conclusion in ("", "cancelled") or other.number is None:
        return False
    try:
        return await is_open_at(tools, review, other.number)
    except NotFound:
        return False
