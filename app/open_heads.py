"""Open pull requests whose head has no concluded check of ours: queued, whatever became of their events."""

import datetime
from collections.abc import Callable, Sequence
from typing import Final

import msgspec
import structlog
from sqlmodel import Session, col, select

from app import queue
from app.check_runs import CHECK_NAME
from app.duties import Turn
from app.events import Enqueue, Where, pull_subject
from app.render import github as render
from app.tables import OPEN, Halt, Review, ReviewState
from app.tools import Tools
from github.checks import CheckRun, conclude_check_run, list_check_runs
from github.installations import CHECK, SURVEY, Permissions
from github.pulls import Pull, list_open_pulls
from github.repositories import Repository

# A head whose reviews keep ending without a conclusion is left alone after this many, those not counted that an event
# ended: one that comes late, of a closure long undone, says nothing about the head. Of them, too, there is an end.
MAX_REVIEWS: Final = 3
MAX_HALTED: Final = 20
# After all that somebody asks for now.
PRIORITY: Final = 2
log: Final = structlog.get_logger(__name__)


class Found(msgspec.Struct, frozen=True):
    """What is to be done about one head: what was queued, and check runs that nobody works at any more."""

    review: Review | None
    orphans: tuple[CheckRun, ...]


class OpenHeads:
    """Looks at repositories one by one."""

    def __init__(self, tools: Tools, turn: Turn, engine_version: str, clock: Callable[[], float]) -> None:
        self._tools = tools
        self._turn = turn
        self._engine_version = engine_version
        self._clock = clock

    async def look_at(self, where: Where, since: float) -> int:
        """Queue the heads of pull requests updated since; return how many. Raise CallFailed or TurnLost."""
        repository = self._repository(where, SURVEY)
        await self._turn.keep()
        pulls = await list_open_pulls(repository, datetime.datetime.fromtimestamp(since, datetime.UTC))
        unknown = await self._tools.store.run(lambda session: _unknown(session, where, pulls))
        queued = 0
        for pull in unknown:
            await self._turn.keep()
            app_id = int(self._tools.settings.github_app_id)
            runs = await list_check_runs(repository, pull.head.sha, CHECK_NAME, app_id)
            queued += await self._settle(where, pull, runs)
        return queued

    async def _settle(self, where: Where, pull: Pull, runs: Sequence[CheckRun]) -> int:
        found = await self._tools.store.run(lambda session: self._judge(session, where, pull, runs))
        for orphan in found.orphans:
            await self._conclude(where, orphan, pull.head.sha)
        if found.review is None:
            return 0
        self._tools.metrics.reconciled.labels("head").inc()
        log.info("head without a check queued", review=found.review.id, subject=found.review.subject)
        return 1

    def _judge(self, session: Session, where: Where, pull: Pull, runs: Sequence[CheckRun]) -> Found:
        begun = [run for run in runs if run.status != "completed"]
        pending = [run for run in begun if not _is_live(session, run)]
        if len(pending) < len(begun) or _is_known(session, where, pull) or (runs and _is_conclusion(runs[0])):
            return Found(None, tuple(pending))
        review = self._enqueue(session, where, pull)
        if review is None or not pending:
            return Found(review, tuple(pending))
        # The check that was begun becomes that of the new review, instead of another one beside it.
        review.check_run_id = pending[0].id
        return Found(review, tuple(pending[1:]))

    def _enqueue(self, session: Session, where: Where, pull: Pull) -> Review | None:
        subject = pull_subject(pull.number)
        before = session.exec(
            select(Review.halt).where(
                Review.repo_id == where.repo_id, Review.subject == subject, Review.head_sha == pull.head.sha
            )
        ).all()
        if len([halt for halt in before if halt == Halt.NONE]) >= MAX_REVIEWS or len(before) >= MAX_HALTED:
            log.warning("head given up", subject=subject, head=pull.head.sha, reviews=len(before))
            return None
        request = Enqueue(where, subject, pull.head.sha, pull.base.sha, pull.base.ref, again=True)
        review = queue.enqueue(session, request, self._engine_version, self._clock())
        if review is not None:
            review.priority = PRIORITY
        return review

    async def _conclude(self, where: Where, orphan: CheckRun, head_sha: str) -> None:
        await self._turn.keep()
        await conclude_check_run(self._repository(where, CHECK), orphan, "cancelled", render.superseded(head_sha))
        self._tools.metrics.reconciled.labels("check").inc()
        log.info("abandoned check concluded", check_run=orphan.id, head=head_sha)

    def _repository(self, where: Where, permissions: Permissions) -> Repository:
        repository = self._tools.app.repository(where.installation_id, where.repo_id, where.full_name, permissions)
        return repository.paced(self._tools.writer.turn(where.installation_id))


def _unknown(session: Session, where: Where, pulls: Sequence[Pull]) -> list[Pull]:
    return [pull for pull in pulls if not _is_known(session, where, pull)]


def _is_known(session: Session, where: Where, pull: Pull) -> bool:
    """Tell whether the head is reviewed, or will be: an open review of the pull request looks for its newest head."""
    rows = session.exec(
        select(Review)
        .where(
            Review.repo_id == where.repo_id,
            (col(Review.subject) == pull_subject(pull.number)) & col(Review.state).in_(OPEN)
            | (col(Review.head_sha) == pull.head.sha) & col(Review.subject).startswith("pr:"),
        )
        .order_by(col(Review.created_at).desc())
    ).all()
    if any(row.state in OPEN and not row.halt for row in rows):
        return True
    latest = next((row for row in rows if row.head_sha == pull.head.sha), None)
    return latest is not None and latest.state == ReviewState.DONE and latest.conclusion not in ("", "cancelled")


def _is_live(session: Session, run: CheckRun) -> bool:
    # By the review that the check names, or by one that has taken it over.
    job = (run.external_id or "").rpartition(":")[2]
    rows = select(Review.id).where(
        col(Review.state).in_(OPEN), (col(Review.id) == job) | (col(Review.check_run_id) == run.id)
    )
    return session.exec(rows).first() is not None


def _is_conclusion(run: CheckRun) -> bool:
    # A cancelled check on the head of an open pull request says nothing about it.
    return run.status == "completed" and run.conclusion != "cancelled"
