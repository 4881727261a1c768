"""From a review's subject on GitHub to a verdict with all that its readers are shown."""

import asyncio
import datetime
import time
from typing import Final

import msgspec

from analyzers.finding import Report
from analyzers.policy import Policy, PolicyError, parse_policy
from app.audits import Audited, AuditInput, audit
from app.changesets import POLICY_PATH, ChangeSet, Subject
from app.render.view import Links, Target, View
from app.tables import Review
from app.tools import Tools
from app.verdict import Verdict, judge, judge_without_policy
from github.contents import File

SHORT: Final = 7


class StatedPolicy(msgspec.Struct, frozen=True):
    """The policy of the base branch; the defaults, and the error, where it is not understood."""

    policy: Policy
    error: PolicyError | None = None

    def judge(self, report: Report) -> Verdict:
        """Return the verdict on a report."""
        return judge(report, self.policy) if self.error is None else judge_without_policy(report, self.error)


def read_policy(file: File | None) -> StatedPolicy:
    """Return what the policy's file says today."""
    if file is None:
        return StatedPolicy(Policy())
    if file.data is None:
        return StatedPolicy(Policy(), PolicyError("not text, or too large"))
    try:
        policy = parse_policy(file.data)
    except PolicyError as error:
        return StatedPolicy(Policy(), error)
    return StatedPolicy(policy.on(datetime.datetime.now(datetime.UTC).date()))


async def judge_change(
    tools: Tools, review: Review, subject: Subject, changes: ChangeSet, stated: StatedPolicy
) -> View:
    """Audit a change and judge it. Raise AnalysisFailed, CallFailed or ArchiveRefused."""
    started = time.monotonic()
    question = AuditInput(changes.head, changes.base, changes.change, stated.policy)
    loop = asyncio.get_running_loop()
    audited: Audited = await loop.run_in_executor(tools.threads, audit, question, tools.pool, tools.cache)
    report = _with_gaps(audited.report, changes)
    settings = tools.settings
    return View(
        report,
        stated.judge(report),
        _target(review, subject, changes),
        Links(f"{settings.github_url}/{review.full_name}", settings.rules_url),
        audited.texts,
        audited.base_texts,
        changes.diff,
        policy=_source(review, subject),
        job=review.id,
        notes=_notes(subject),
        elapsed_ms=round((time.monotonic() - started) * 1000),
    )


def _with_gaps(report: Report, changes: ChangeSet) -> Report:
    if not changes.gaps:
        return report
    missing = report.coverage.not_analyzed + changes.gaps
    return msgspec.structs.replace(report, coverage=msgspec.structs.replace(report.coverage, not_analyzed=missing))


def _target(review: Review, subject: Subject, changes: ChangeSet) -> Target:
    commits = (review.head_sha, subject.base_sha, changes.merge_base)
    return Target("merge_group", *commits) if subject.pull is None else Target("pull_request", *commits)


def _source(review: Review, subject: Subject) -> str:
    if subject.policy is None:
        return "default"
    return f"{POLICY_PATH} at {review.base_ref}@{subject.base_sha[:SHORT]}"


def _notes(subject: Subject) -> tuple[str, ...]:
    if subject.pull is not None and subject.pull.is_draft:
        return ("This pull request is a draft: findings become comments once it is ready for review.",)
    return ()
