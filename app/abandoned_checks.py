"""Checks of reviews that ended without concluding them: tried once more for some days."""

import functools
from collections.abc import Sequence
from typing import Final

import structlog
from sqlmodel import Session, col, select

from app.check_runs import conclude
from app.duties import Turn
from app.endings import Exhausted, Told, ending_of, halted
from app.tables import OPEN, Review
from app.tools import Tools
from github.checks import read_check_run
from github.errors import CallFailed, RateLimited, Refused
from github.installations import CHECK

MAX_AT_ONCE: Final = 50
KEPT_SECONDS: Final = 3 * 24 * 3600.0
# Stands in the row for a check that cannot be reached any more.
GONE: Final = "gone"
log: Final = structlog.get_logger(__name__)


async def conclude_abandoned_checks(tools: Tools, turn: Turn, now: float) -> None:
    """Conclude what ended reviews left in progress. Raise TurnLost."""
    for review in await tools.store.run(lambda session: _abandoned(session, now)):
        await turn.keep()
        try:
            conclusion = await _conclude(tools, review, now)
        except Refused as error:
            log.info("abandoned check is out of reach", review=review.id, reason=str(error))
            conclusion = GONE
        except RateLimited as error:
            log.warning("abandoned check left for later", review=review.id, reason=str(error))
            return
        except CallFailed as error:
            log.warning("abandoned check left for later", review=review.id, reason=str(error))
            continue
        await tools.store.run(functools.partial(_note, review_id=review.id, conclusion=conclusion))


async def _conclude(tools: Tools, review: Review, now: float) -> str:
    repository = tools.repository(review, CHECK)
    check = await read_check_run(repository, review.check_run_id or 0)
    if check.status == "completed":
        return check.conclusion or GONE
    told = _told(review, now)
    await conclude(tools, review, check, told.conclusion, told.output)
    tools.metrics.reconciled.labels("check").inc()
    log.info("abandoned check concluded", review=review.id, conclusion=told.conclusion)
    return told.conclusion


def _told(review: Review, now: float) -> Told:
    if review.halt:
        return halted(review)
    ending = ending_of(Exhausted(review.error or "The review ended without a result."), review, "", now)
    if not isinstance(ending, Told):
        raise TypeError("an exhausted review is told")
    return ending


def _abandoned(session: Session, now: float) -> Sequence[Review]:
    adopted = select(Review.check_run_id).where(col(Review.state).in_(OPEN), col(Review.check_run_id).is_not(None))
    return session.exec(
        select(Review)
        .where(
            col(Review.state).not_in(OPEN),
            Review.conclusion == "",
            col(Review.check_run_id).is_not(None),
            col(Review.check_run_id).not_in(adopted),
            col(Review.finished_at) > now - KEPT_SECONDS,
        )
        .order_by(col(Review.finished_at))
        .limit(MAX_AT_ONCE)
    ).all()


def _note(session: Session, review_id: str, conclusion: str) -> None:
    session.get_one(Review, review_id).conclusion = conclusion
