"""One review from its row to its concluded check; every step can be repeated, and nothing is written twice."""

import contextlib
from collections.abc import Awaitable, Iterator
from typing import Final

import msgspec
import structlog
from sqlmodel import Session

from app import queue
from app.baselines import audit_default_branch, refresh_alerts, review_concerned
from app.changesets import Subject
from app.check_runs import begun_check, conclude, open_check
from app.code_scanning import scan_pull_request
from app.commenting import Commenting, Judged, plan_commenting
from app.decisions import Rulings, rulings, with_rulings
from app.endings import Again, Exhausted, Quiet, Told, concluding_again, ending_of, halted, is_shut_out
from app.halting import Halted, go_on
from app.judging import StatedPolicy, judge_change
from app.leases import Lease
from app.moves import Moves, find_moves
from app.reading import Material, read_material
from app.records import record_findings
from app.render import github as render
from app.render.view import View
from app.shared_heads import is_left_to_another, park_again, result_without, share
from app.tables import Halt, Review, ReviewState
from app.tools import Tools
from github.checks import CheckRun
from github.concurrency import begun
from github.errors import CallFailed, RateLimited

log: Final = structlog.get_logger(__name__)


class Reviewer:
    """Does reviews."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def review(self, review: Review, lease: Lease) -> None:
        """Bring a claimed review to its end. Raise whatever keeps it from getting there."""
        if review.halt and not review.is_of_base and await begun_check(self._tools, review) is None:
            # A check that began only to be cancelled would stand before the verdict of a later review.
            await self._end(lease, "cancelled", "")
            return
        if not review.step:
            answered = await self._tools.store.run(lambda session: queue.answered_meanwhile(session, review))
            if answered is not None:
                await self._end(lease, answered.conclusion, answered.title)
                return
        if review.attempts > queue.MAX_ATTEMPTS:
            raise Exhausted(review.error or "The server ended while it worked at this review, each time.")
        if review.is_of_base:
            await self._default_branch(review, lease)
            return
        if review.conclusion and await park_again(self._tools, lease):
            return
        async with begun(read_material(self._tools, review, lease)) as material:
            with self._step("check"):
                check = await open_check(self._tools, review, lease)
            if check.status == "completed" and not review.comments_due:
                concluded = "cancelled" if review.halt and review.number is not None else check.conclusion
                await self._end(lease, review.conclusion or concluded or "", review.title)
                return
            try:
                told = await self._result(review, lease, check, material)
            except Halted:
                await self._halt(review, lease, check)
            else:
                await self._conclude(review, lease, check, told)

    async def fail(self, lease: Lease, error: Exception) -> None:
        """Go on after an attempt that failed. Raise LeaseLost."""
        row = await lease.confirm()
        ending = self._ending(error, row)
        if isinstance(ending, Told) and row.comments_due and row.conclusion:
            log.warning("comments given up", error_id=row.id)
            await self._end(lease, row.conclusion, row.title)
            return
        if isinstance(ending, Told):
            log.error("review failed", conclusion=ending.conclusion, error_id=row.id)
            try:
                check = await open_check(self._tools, row, lease)
                await self._conclude(row, lease, check, ending)
                return
            except CallFailed as failure:
                row = await lease.confirm()
                shut_out = is_shut_out(failure, row)
                ending = Quiet(str(failure)) if shut_out else concluding_again(row, error, self._now())
        if isinstance(ending, Quiet):
            log.warning("review given up", reason=ending.reason)
            await lease.record(lambda session, row: queue.finish(session, row, ReviewState.CANCELLED, self._now()))
            self._tools.reached("given up")
        else:
            await lease.change(lambda row: _retry(row, ending))
            self._tools.reached("put back")

    def _ending(self, error: Exception, row: Review) -> Again | Told | Quiet:
        if row.halt == Halt.UNINSTALLED:
            return Quiet("the App was taken out of the repository")
        if row.is_of_base and row.attempts >= queue.MAX_ATTEMPTS and not isinstance(error, RateLimited):
            # Nobody waits for it, and where no server is there must be no check.
            return Quiet(str(error))
        permissions_url = f"{self._tools.settings.github_url}/settings/installations/{row.installation_id}"
        return ending_of(error, row, permissions_url, self._now())

    async def _default_branch(self, review: Review, lease: Lease) -> None:
        try:
            if review.base_sha:
                await review_concerned(self._tools, review, lease)
                await refresh_alerts(self._tools, review, lease)
                told = None
            else:
                told = await audit_default_branch(self._tools, review, lease)
        except Halted:
            told = None
        if told is None:
            await lease.record(lambda session, row: queue.finish(session, row, ReviewState.DONE, self._now()))
            self._tools.reached("ended")
        else:
            check = await open_check(self._tools, review, lease)
            await self._conclude(review, lease, check, told)

    async def _result(self, review: Review, lease: Lease, check: CheckRun, material: Awaitable[Material]) -> Told:
        tools = self._tools
        with self._step("read"):
            read = await material
        with self._step("analysis"):
            await go_on(lease)
            view = await judge_change(tools, review, read.subject, read.changes, read.stated)
            moves, decided = await tools.store.run(lambda session: _known(session, review, view, read.subject))
            view = with_rulings(view, read.stated, decided)
            view = msgspec.structs.replace(view, notes=(*view.notes, *read.warnings))
            tools.reached("analyzed")
        with self._step("publish"):
            judged = await self._scan(review, lease, Judged(read.subject, view, moves), read.stated)
            commenting = await plan_commenting(tools, review, lease, judged, decided)
            inline = await self._publish(commenting, check)
            tools.reached("published")
        await lease.record(lambda session, row: record_findings(session, row, view, inline))
        self._count(view)
        return Told(view.verdict.conclusion, commenting.output(inline))

    async def _scan(self, review: Review, lease: Lease, judged: Judged, stated: StatedPolicy) -> Judged:
        """Have code scanning show the findings, where the policy asks for that."""
        pull = judged.subject.pull
        if stated.policy.code_scanning != "pull_requests" or pull is None or pull.is_draft:
            return judged
        scanned = await scan_pull_request(self._tools, review, lease, judged.view)
        view = msgspec.structs.replace(judged.view, notes=(*judged.view.notes, *scanned.notes))
        return msgspec.structs.replace(judged, view=view, elsewhere=scanned.shown)

    async def _publish(self, commenting: Commenting, check: CheckRun) -> frozenset[str]:
        review = commenting.review
        if review.comments_due and check.status != "completed":
            await self._conclude_first(commenting, check, self._now())
        try:
            return await commenting.publish()
        except RateLimited as limit:
            if limit.retry_at > review.deadline and not review.comments_due:
                await commenting.lease.change(lambda row: setattr(row, "comments_due", True))
                await self._conclude_first(commenting, check, limit.retry_at)
            raise

    async def _conclude_first(self, commenting: Commenting, check: CheckRun, until: float) -> None:
        """Conclude the check before its comments, which must wait."""
        review, lease, plan = commenting.review, commenting.lease, commenting.plan
        view = commenting.delayed(until)
        coming = frozenset(item.finding.fingerprint for item in plan.post)
        output = render.concluded(view, plan.inline - coming - commenting.elsewhere, coming | commenting.elsewhere)
        await lease.confirm()
        await conclude(self._tools, review, check, view.verdict.conclusion, output)
        await lease.change(lambda row: _note_result(row, view.verdict.conclusion, output.title))
        self._tools.reached("comments delayed")

    async def _halt(self, review: Review, lease: Lease, check: CheckRun) -> None:
        row = await lease.confirm()
        if check.status == "completed":
            # Only its comments were still to come.
            await self._end(lease, row.conclusion or check.conclusion or "", row.title)
        elif await is_left_to_another(self._tools, row):
            await self._end(lease, "cancelled", "")
        else:
            # A later check on this commit hides those of the other pull requests with it.
            told = await result_without(self._tools, row) or halted(row)
            await self._write(review, lease, check, told, own=halted(row))

    async def _conclude(self, review: Review, lease: Lease, check: CheckRun, told: Told) -> None:
        try:
            shared = await share(self._tools, review, lease, told)
        except Halted:
            await self._halt(review, lease, check)
            return
        if shared.told is None:
            log.info("left to the review of another pull request with this head")
            self._tools.reached("parked")
            return
        await self._write(review, lease, check, shared.told, own=told)

    async def _write(self, review: Review, lease: Lease, check: CheckRun, told: Told, own: Told) -> None:
        with self._step("conclude"):
            await lease.confirm()
            await conclude(self._tools, review, check, told.conclusion, told.output)
            self._tools.reached("check concluded")
            await self._end(lease, own.conclusion, own.output.title)

    async def _end(self, lease: Lease, conclusion: str, title: str) -> None:
        row = await lease.record(lambda session, row: _ended(session, row, conclusion, title, self._now()))
        seconds = self._now() - row.created_at
        self._tools.metrics.reviews.labels(conclusion).inc()
        self._tools.metrics.review_seconds.observe(seconds)
        log.info("review ended", conclusion=conclusion, state=row.state, seconds=round(seconds, 3))
        self._tools.reached("ended")

    def _now(self) -> float:
        return self._tools.store.clock()

    def _count(self, view: View) -> None:
        for finding in view.report.findings:
            if finding.is_loud(view.verdict.min_confidence):
                self._tools.metrics.findings.labels(finding.rule, str(finding.severity)).inc()
        missing = sum(item.in_scope for item in view.report.coverage.not_analyzed)
        self._tools.metrics.not_analyzed.labels("file").inc(missing)
        self._tools.metrics.not_analyzed.labels("check").inc(len(view.report.failures))

    @contextlib.contextmanager
    def _step(self, name: str) -> Iterator[None]:
        with self._tools.metrics.step_seconds.labels(name).time():
            yield


def _note_result(row: Review, conclusion: str, title: str) -> None:
    row.conclusion, row.title = conclusion, title


def _known(session: Session, review: Review, view: View, subject: Subject) -> tuple[Moves, Rulings]:
    moves = find_moves(session, review, view.report, subject.threads)
    return moves, rulings(session, review, moves)


def _retry(row: Review, again: Again) -> None:
    queue.release(row, again.at, again.reason)
    if again.free:
        row.attempts -= 1
        row.deadline = max(row.deadline, again.at + queue.DEADLINE_SECONDS)


def _ended(session: Session, row: Review, conclusion: str, title: str, now: float) -> Review:
    states = {Halt.NONE: ReviewState.DONE, Halt.SUPERSEDED: ReviewState.SUPERSEDED}
    row.conclusion, row.title = conclusion, title
    # A review that was overtaken after its analysis ends with its true result.
    state = states.get(Halt(row.halt), ReviewState.CANCELLED) if conclusion == "cancelled" else ReviewState.DONE
    queue.finish(session, row, state, now)
    return row
