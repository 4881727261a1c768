"""One review from its row to its concluded check; every step can be repeated, and nothing is written twice."""

import contextlib
from collections.abc import Iterator
from typing import Final

import structlog
from sqlmodel import Session

from app import queue
from app.changesets import Subject, read_change, read_subject
from app.check_runs import conclude, open_check
from app.comments import Standing, plan_comments
from app.endings import Again, Exhausted, Quiet, Told, concluding_again, ending_of, halted, is_gone
from app.events import Enqueue, Where
from app.judging import judge_change, read_policy
from app.leases import Lease
from app.publishing import Desk, HeadMoved, publish
from app.records import record_findings, record_threads, remembered_threads
from app.render import github as render
from app.render.view import View
from app.tables import Halt, Review, ReviewState
from app.tools import Tools
from github.checks import CheckRun
from github.errors import CallFailed
from github.installations import PUBLISH, READ, RESOLVE

log: Final = structlog.get_logger(__name__)


class Halted(Exception):
    """The review is to end before its result."""


class Reviewer:
    """Does reviews."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def review(self, review: Review, lease: Lease) -> None:
        """Bring a claimed review to its end. Raise whatever keeps it from getting there."""
        if review.attempts > queue.MAX_ATTEMPTS:
            raise Exhausted(review.error or "The server ended while it worked at this review, each time.")
        check = await open_check(self._tools, review, lease)
        if check.status == "completed":
            await self._end(lease, check.conclusion or "", "")
            return
        try:
            told = await self._result(review, lease)
        except Halted:
            row = await lease.confirm("halt")
            told = halted(row)
        await self._conclude(review, lease, check, told)

    async def fail(self, lease: Lease, error: Exception) -> None:
        """Go on after an attempt that failed. Raise LeaseLost."""
        row = await lease.confirm()
        ending = self._ending(error, row)
        if isinstance(ending, Told):
            log.error("review failed", conclusion=ending.conclusion, error_id=row.id)
            try:
                check = await open_check(self._tools, row, lease)
                await self._conclude(row, lease, check, ending)
                return
            except CallFailed as failure:
                ending = Quiet(str(failure)) if is_gone(failure) else concluding_again(row, self._now())
        if isinstance(ending, Quiet):
            log.warning("review given up", reason=ending.reason)
            await lease.change(lambda row: queue.finish(row, ReviewState.CANCELLED, self._now()))
            self._tools.reached("given up")
        else:
            await lease.change(lambda row: _retry(row, ending))

    def _ending(self, error: Exception, row: Review) -> Again | Told | Quiet:
        if row.halt == Halt.UNINSTALLED:
            return Quiet("the App was taken out of the repository")
        permissions_url = f"{self._tools.settings.github_url}/settings/installations/{row.installation_id}"
        return ending_of(error, row, permissions_url, self._now())

    async def _result(self, review: Review, lease: Lease) -> Told:
        tools = self._tools
        with self._step("subject"):
            repository = tools.repository(await _go_on(lease, "subject"), READ)
            subject = await read_subject(repository, review)
            await self._require_current(review, subject, lease)
            tools.reached("subject read")
        stated = read_policy(subject.policy)
        with self._step("change"):
            await _go_on(lease, "change")
            await lease.change(lambda row: _note_policy(row, subject, stated.policy.on_error))
            changes = await read_change(repository, review, subject, tools.trees)
            tools.reached("change read")
        with self._step("analysis"):
            await _go_on(lease, "analysis")
            view = await judge_change(tools, review, subject, changes, stated)
            tools.reached("analyzed")
        with self._step("publish"):
            inline = await self._publish(review, lease, subject, view)
            tools.reached("published")
        await lease.record(lambda session, row: record_findings(session, row, view, inline))
        self._count(view)
        return Told(view.verdict.conclusion, render.concluded(view, inline))

    async def _require_current(self, review: Review, subject: Subject, lease: Lease) -> None:
        pull = subject.pull
        if pull is None:
            return
        if pull.state != "OPEN":
            await lease.change(lambda row: setattr(row, "halt", Halt.CLOSED))
            raise Halted
        if (pull.head_sha, pull.base_ref) != (review.head_sha, review.base_ref):
            # Events come late and out of order: what GitHub says now is reviewed instead.
            where = Where(review.installation_id, review.repo_id, review.full_name)
            newer = Enqueue(where, review.subject, pull.head_sha, pull.base_sha, pull.base_ref)
            await lease.record(lambda session, _: _supersede(session, newer, review, self._now()))
            raise Halted

    async def _publish(self, review: Review, lease: Lease, subject: Subject, view: View) -> frozenset[str]:
        pull = subject.pull
        if pull is None:
            return frozenset()
        details = await self._tools.identity.details()
        remembered = await self._tools.store.run(lambda session: remembered_threads(session, review))
        standing = Standing(subject.threads, remembered, (details.login, details.slug))
        plan = plan_comments(view, standing)
        if pull.is_draft:
            plan = plan.without_new()
        if plan.is_empty:
            return plan.inline
        desk = self._desk(review, lease, pull.number, details.login)
        if (await lease.confirm("publish")).halt or not await desk.is_current():
            return plan.without_new().inline
        self._tools.reached("fenced")
        try:
            published = await publish(desk, view, plan, pull.base_ref)
        except HeadMoved:
            return plan.without_new().inline
        await lease.record(lambda session, row: record_threads(session, row, published.threads))
        return published.inline

    def _desk(self, review: Review, lease: Lease, number: int, login: str) -> Desk:
        tools = self._tools
        resolver = tools.repository(review, RESOLVE) if tools.settings.skillaudit_resolve_threads else None
        writer = tools.repository(review, PUBLISH)
        begun_before = bool(review.step)
        return Desk(writer, number, review.head_sha, login, lease, tools.reached, resolver, begun_before)

    async def _conclude(self, review: Review, lease: Lease, check: CheckRun, told: Told) -> None:
        with self._step("conclude"):
            await lease.confirm("conclude")
            await conclude(self._tools, review, check, told.conclusion, told.output)
            self._tools.reached("check concluded")
            await self._end(lease, told.conclusion, told.output.title)

    async def _end(self, lease: Lease, conclusion: str, title: str) -> None:
        row = await lease.change(lambda row: _end(row, conclusion, title, self._now()))
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

    @contextlib.contextmanager
    def _step(self, name: str) -> Iterator[None]:
        with self._tools.metrics.step_seconds.labels(name).time():
            yield


async def _go_on(lease: Lease, step: str) -> Review:
    review = await lease.confirm(step)
    if review.halt:
        raise Halted
    return review


def _note_policy(row: Review, subject: Subject, on_error: str) -> None:
    row.policy = "" if subject.policy is None else subject.policy.oid
    row.on_error = on_error


def _supersede(session: Session, newer: Enqueue, review: Review, now: float) -> None:
    queue.enqueue(session, newer, review.engine_version, now)
    row = session.get_one(Review, review.id)
    # Also when the newer head is being reviewed already.
    row.halt, row.halted_by = Halt.SUPERSEDED, newer.head_sha


def _retry(row: Review, again: Again) -> None:
    queue.release(row, again.at, again.reason or row.error)
    if again.free:
        row.attempts -= 1
        row.deadline = max(row.deadline, again.at + queue.DEADLINE_SECONDS)


def _end(row: Review, conclusion: str, title: str, now: float) -> None:
    states = {Halt.NONE: ReviewState.DONE, Halt.SUPERSEDED: ReviewState.SUPERSEDED}
    row.conclusion, row.title = conclusion, title
    # A review that was overtaken after its analysis ends with its true result.
    state = states.get(Halt(row.halt), ReviewState.CANCELLED) if conclusion == "cancelled" else ReviewState.DONE
    queue.finish(row, state, now)
