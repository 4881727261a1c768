"""The default branch: a first check that lets its name be required; and whom a push to a base branch concerns."""

import posixpath
from collections.abc import Collection, Iterable, Sequence
from typing import Final

import msgspec
import structlog
from sqlmodel import Session, select

from analyzers.finding import Report
from app import queue
from app.audits import AuditInput
from app.changesets import POLICY_PATH, Subject, read_alone, read_change
from app.code_scanning import scan_default_branch
from app.endings import Told
from app.events import BaseMoved, Enqueue, Welcome, pull_subject
from app.halting import go_on
from app.judging import StatedPolicy, audit_apart, judge_change, read_policy, with_gaps
from app.leases import Lease
from app.render import github as render
from app.render import notes
from app.render.view import Target, View
from app.tables import Review, ReviewState
from app.tools import Tools
from app.verdict import count
from github.branches import read_branch_head
from github.contents import read_file
from github.errors import BadCredentials, InstallationSuspended, PermissionMissing, Refused
from github.installations import READ
from github.pulls import Pull, list_files, list_open_pulls
from github.repositories import Repository, read_repository

SUBJECT: Final = "base"
MAX_WELCOMED: Final = 100
MAX_REVIEWED_AGAIN: Final = 20
# Each costs a call; those that were touched last come first.
MAX_LOOKED_AT: Final = 100
# After everything that somebody waits for.
LOW: Final = 3
# A change of these in one tool's row is one of the whole server.
OF_SERVERS: Final = frozenset({"transport", "authentication", "authorization", "audit"})
log: Final = structlog.get_logger(__name__)


async def welcome(tools: Tools, request: Welcome) -> list[Enqueue]:
    """Return a first review of the default branch of each repository. Raise github.errors.CallFailed."""
    if len(request.repositories) > MAX_WELCOMED:
        log.warning("more repositories than are looked at", left_out=len(request.repositories) - MAX_WELCOMED)
    found = []
    for where in request.repositories[:MAX_WELCOMED]:
        repository = tools.reach(where, READ)
        try:
            details = await read_repository(repository)
            head = await read_branch_head(repository, details.default_branch)
        except (BadCredentials, InstallationSuspended, PermissionMissing):
            raise
        except Refused as error:
            # Empty, blocked, or taken out again: the others are looked at all the same.
            log.info("repository passed over", repository=where.full_name, reason=str(error))
            continue
        if not details.archived:
            found.append(Enqueue(where, SUBJECT, head, "", details.default_branch, priority=LOW))
    return found


def follow_base(request: BaseMoved) -> Enqueue:
    """Return the comparison of what a branch was with what it is."""
    before = "" if not request.before.strip("0") else request.before
    subject = SUBJECT if request.is_default else f"{SUBJECT}:{request.branch}"
    return Enqueue(request.where, subject, request.after, before or request.after, request.branch, priority=LOW)


async def audit_default_branch(tools: Tools, review: Review, lease: Lease) -> Told | None:
    """Audit the default branch as it is; return its check, None where no MCP server is. Raise CallFailed or Halted."""
    repository = tools.repository(await go_on(lease), READ)
    stated = read_policy(await read_file(repository, review.head_sha, POLICY_PATH))
    view = await _audited(tools, review, lease, stated)
    view = await _scanned(tools, review, lease, view, stated)
    return Told(view.verdict.conclusion, render.concluded(view)) if view.report.tools else None


async def refresh_alerts(tools: Tools, review: Review, lease: Lease) -> None:
    """Have code scanning know the default branch as a push left it, if the policy asks. Raise CallFailed or Halted."""
    if review.subject != SUBJECT:
        return
    repository = tools.repository(await go_on(lease), READ)
    stated = read_policy(await read_file(repository, review.head_sha, POLICY_PATH))
    if stated.policy.code_scanning != "off":
        await _scanned(tools, review, lease, await _audited(tools, review, lease, stated), stated)


async def review_concerned(tools: Tools, review: Review, lease: Lease) -> None:
    """Queue the open pull requests that a push to their base branch concerns. Raise CallFailed or Halted."""
    repository = tools.repository(await go_on(lease), READ)
    pulls = [pull for pull in await list_open_pulls(repository) if pull.base.ref == review.base_ref]
    if not pulls or review.base_sha == review.head_sha:
        return
    await go_on(lease)
    file = await read_file(repository, review.head_sha, POLICY_PATH)
    subject = Subject(review.head_sha, review.base_sha, file)
    stated = read_policy(file)
    changes = await read_change(repository, review, tools.trees)
    view = await judge_change(tools, review, subject, changes, stated)
    policy_changed = POLICY_PATH in (*changes.change.changed, *changes.change.deleted)
    paths = _served_by_changed(view.report, policy_changed=policy_changed)
    concerned = await _concerned(repository, pulls, paths) if paths else []
    await lease.record(lambda session, row: _queue_again(session, row, concerned, tools.store.clock()))
    log.info("base branch followed", branch=review.base_ref, pull_requests=[pull.number for pull in concerned])


async def _audited(tools: Tools, review: Review, lease: Lease, stated: StatedPolicy) -> View:
    repository = tools.repository(review, READ)
    tree, gaps = await read_alone(repository, review.head_sha, tools.trees)
    await go_on(lease)
    audited = await audit_apart(tools, AuditInput(tree, policy=stated.policy))
    return _view(tools, review, stated, with_gaps(audited.report, gaps))


async def _scanned(tools: Tools, review: Review, lease: Lease, view: View, stated: StatedPolicy) -> View:
    if stated.policy.code_scanning == "off":
        return view
    return msgspec.structs.replace(view, notes=(*view.notes, *await scan_default_branch(tools, review, lease, view)))


def _view(tools: Tools, review: Review, stated: StatedPolicy, report: Report) -> View:
    # Nothing is new in what was there before us: only a change can be blocked.
    findings = tuple(msgspec.structs.replace(item, new=False) for item in report.findings)
    known = msgspec.structs.replace(report, findings=findings)
    verdict = stated.judge(known)
    if verdict.conclusion == "success":
        title = f"{count(report.coverage.tools_total, 'tool')} audited, {count(len(findings), 'finding')} known"
        verdict = msgspec.structs.replace(verdict, title=f"{title} before any change")
    return View(
        known,
        verdict,
        Target("base", review.head_sha),
        tools.links(review.full_name),
        policy=f"{POLICY_PATH} at {review.base_ref}" if stated.is_written else "default",
        job=review.id,
        notes=(notes.BASELINE,),
    )


def _served_by_changed(report: Report, *, policy_changed: bool) -> frozenset[str]:
    """Return the files of the servers whose transport, guards or policy changed."""
    changed = {item.tool.rpartition(":")[0] for item in report.authority_diff or () if item.column in OF_SERVERS}
    return frozenset(row.path for row in report.tools if policy_changed or row.server in changed)


async def _concerned(repository: Repository, pulls: Sequence[Pull], paths: Collection[str]) -> list[Pull]:
    found: list[Pull] = []
    for number, pull in enumerate(pulls):
        if len(found) == MAX_REVIEWED_AGAIN or number == MAX_LOOKED_AT:
            log.warning("more pull requests than are looked at", left_out=len(pulls) - number)
            break
        files = (await list_files(repository, pull.number, 0)).files
        if _touches((file.filename for file in files), paths):
            found.append(pull)
    return found


def _touches(changed: Iterable[str], served: Collection[str]) -> bool:
    folders = {(posixpath.dirname(path), posixpath.splitext(path)[1]) for path in served}
    return any(
        posixpath.splitext(path)[1] == suffix and (not folder or path.startswith(f"{folder}/"))
        for path in changed
        for folder, suffix in folders
    )


def _queue_again(session: Session, review: Review, pulls: Sequence[Pull], now: float) -> None:
    for pull in pulls:
        subject = pull_subject(pull.number)
        # One that has begun may have read the base as it was.
        waiting = session.exec(
            select(Review.id).where(
                *(Review.repo_id == review.repo_id, Review.subject == subject),
                *(Review.state == ReviewState.QUEUED, Review.step == ""),
            )
        ).first()
        if waiting is None:
            where = queue.where_of(review)
            request = Enqueue(where, subject, pull.head.sha, pull.base.sha, pull.base.ref, again=True, priority=LOW)
            queue.enqueue(session, request, review.engine_version, now)
