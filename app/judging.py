"""From a review's subject on GitHub to a verdict with all that its readers are shown."""

import asyncio
import datetime
import time
from typing import Final

import msgspec

from analyzers import Change
from analyzers.finding import NotAnalyzed, Report
from analyzers.policy import Policy, PolicyError, parse_policy
from app.audits import Audited, AuditInput, audit
from app.changesets import POLICY_PATH, ChangeSet, Subject
from app.render import notes
from app.render.view import Target, View
from app.tables import Review
from app.tools import Tools
from app.verdict import Verdict, judge, judge_without_policy
from github.contents import File

SHORT: Final = 7


class StatedPolicy(msgspec.Struct, frozen=True):
    """The policy of the base branch; the defaults, and the error, where it is not understood."""

    policy: Policy
    error: PolicyError | None = None
    is_written: bool = False

    def judge(self, report: Report) -> Verdict:
        """Return the verdict on a report."""
        return judge(report, self.policy) if self.error is None else judge_without_policy(report, self.error)


def read_policy(file: File | None) -> StatedPolicy:
    """Return what the policy's file says today."""
    if file is None:
        return StatedPolicy(Policy())
    if file.data is None:
        return StatedPolicy(Policy(), PolicyError("not text, or too large"), is_written=True)
    try:
        policy = parse_policy(file.data)
    except PolicyError as error:
        return StatedPolicy(Policy(), error, is_written=True)
    return StatedPolicy(policy.on(datetime.datetime.now(datetime.UTC).date()), is_written=True)


async def judge_change(
    tools: Tools, review: Review, subject: Subject, changes: ChangeSet, stated: StatedPolicy
) -> View:
    """Audit a change and judge it. Raise AnalysisFailed, CallFailed or ArchiveRefused."""
    started = time.monotonic()
    question = AuditInput(changes.head, changes.base, changes.change, stated.policy)
    audited = await audit_apart(tools, question)
    report = with_gaps(audited.report, changes.gaps)
    verdict = stated.judge(report)
    proposal = await _proposal(tools, question, audited, verdict)
    return View(
        report,
        verdict,
        _target(review, subject, changes),
        tools.links(review.full_name),
        audited.texts,
        audited.base_texts,
        changes.diff,
        policy=_source(review, subject),
        job=review.id,
        notes=(*_notes(review, subject, changes, stated), *proposal),
        commands=subject.pull is not None,
        elapsed_ms=round((time.monotonic() - started) * 1000),
    )


def with_gaps(report: Report, gaps: tuple[NotAnalyzed, ...]) -> Report:
    """Return the report with what GitHub did not tell among what was not analysed."""
    if not gaps:
        return report
    missing = report.coverage.not_analyzed + gaps
    return msgspec.structs.replace(report, coverage=msgspec.structs.replace(report.coverage, not_analyzed=missing))


def _target(review: Review, subject: Subject, changes: ChangeSet) -> Target:
    commits = (review.head_sha, subject.base_sha, changes.merge_base)
    return Target("merge_group", *commits) if subject.pull is None else Target("pull_request", *commits)


def _source(review: Review, subject: Subject) -> str:
    if subject.policy is None:
        return "default"
    return f"{POLICY_PATH} at {review.base_ref}@{subject.base_sha[:SHORT]}"


def _notes(review: Review, subject: Subject, changes: ChangeSet, stated: StatedPolicy) -> tuple[str, ...]:
    found = []
    if stated.error is not None:
        found.append(notes.broken_policy(stated.error))
    if subject.pull is not None and subject.pull.is_draft:
        found.append(notes.DRAFT)
    if subject.pull is not None and subject.base_sha != changes.merge_base:
        found.append(notes.base_moved(review.base_ref, changes.merge_base, subject.base_sha))
    return tuple(found)


async def _proposal(tools: Tools, question: AuditInput, audited: Audited, verdict: Verdict) -> tuple[str, ...]:
    """Say what the policy that a change brings along would do, once it is on the base branch."""
    change = question.change or Change()
    deleted = POLICY_PATH in (*change.deleted, *change.renames)
    if not deleted and POLICY_PATH not in change.changed:
        return ()
    then = read_policy(None if deleted else File("", audited.texts.get(POLICY_PATH)))
    if then.error is not None:
        return (notes.proposed_policy(verdict, then.error),)
    again = msgspec.structs.replace(question, policy=then.policy)
    return (notes.proposed_policy(verdict, judge((await audit_apart(tools, again)).report, then.policy)),)


async def audit_apart(tools: Tools, question: AuditInput) -> Audited:
    """Audit in a thread that waits for the analysis processes. Raise AnalysisFailed, CallFailed or ArchiveRefused."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(tools.threads, audit, question, tools.pool, tools.cache)
