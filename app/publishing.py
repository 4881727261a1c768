"""Writing a review's comments to GitHub, each at most once whatever fails in between."""

from collections.abc import Callable, Sequence
from typing import Final

import msgspec
import structlog

from app.comments import Move, Plan, Post, Reopen, fingerprint_of
from app.leases import Lease
from app.render import github as render
from app.render.view import View
from app.tables import ThreadState
from github.errors import GraphQLFailed, NotFound, Refused, Unprocessable, WriteOutcomeUnknown
from github.patches import Anchor, Diff
from github.permissions import read_branch_rules
from github.pulls import diff_of, list_files, read_pull
from github.repositories import Repository
from github.reviews import delete_comment, edit_comment, find_review, post_review, reply
from github.threads import ReviewThread, minimize_comment, resolve_thread

REVIEW_TRIES: Final = 2
log: Final = structlog.get_logger(__name__)


class HeadMoved(Exception):
    """The pull request has another head by now: nothing may be posted on this one."""


class Desk(msgspec.Struct, frozen=True):
    """Where one pull request is written to: token, number, head, our login, and the lease that allows it."""

    repository: Repository
    number: int
    head_sha: str
    login: str
    lease: Lease
    reached: Callable[[str], None]
    # Resolving threads takes a permission of its own; None where the operator did not opt in.
    resolver: Repository | None = None
    # Whether somebody worked at this review before, who may have posted it.
    begun_before: bool = False

    async def is_current(self) -> bool:
        """Tell whether the pull request is open and its head still the one that was reviewed."""
        pull = await read_pull(self.repository, self.number)
        return pull.state == "open" and pull.head.sha == self.head_sha


class Published(msgspec.Struct, frozen=True):
    """What came of the plan: the state of each thread by fingerprint, None for one that is gone."""

    threads: dict[str, ThreadState | None]
    inline: frozenset[str]


async def publish(desk: Desk, view: View, plan: Plan, base_ref: str) -> Published:
    """Carry out a plan. Raise github.errors.CallFailed, HeadMoved or LeaseLost."""
    posted = await _post(desk, view, plan.post)
    refused = {item.finding.fingerprint for item in plan.post} - posted
    threads: dict[str, ThreadState | None] = dict.fromkeys(posted, ThreadState.OPEN)
    for item in plan.reopen:
        await _reopen(desk, view, item)
        threads[item.finding.fingerprint] = ThreadState.OPEN
    for move in plan.move:
        threads |= await _move(desk, move)
    if plan.close:
        rules = await read_branch_rules(desk.repository, base_ref)
        must_resolve = rules is not None and rules.required_review_thread_resolution
        for thread in plan.close:
            threads[fingerprint_of(thread)] = await _close(desk, thread, must_resolve)
    return Published(threads, plan.inline - refused)


async def _post(desk: Desk, view: View, posts: Sequence[Post]) -> frozenset[str]:
    """Post one review with all comments; return the fingerprints that stand on the pull request afterwards."""
    if not posts:
        return frozenset()
    await desk.lease.confirm()
    if desk.begun_before and await _is_posted(desk, view):
        return _fingerprints(posts)
    accepted = await _post_accepted(desk, view, posts)
    desk.reached("review posted")
    return _fingerprints(accepted)


async def _post_accepted(desk: Desk, view: View, posts: Sequence[Post]) -> Sequence[Post]:
    for _ in range(REVIEW_TRIES):
        if not posts:
            break
        try:
            await _post_surely(desk, view, posts)
        except Unprocessable as error:
            if not error.concerns_diff:
                raise
            posts = await _still_valid(desk, posts)
            log.warning("a comment's place was refused", left=len(posts))
        else:
            return posts
    return ()


async def _post_surely(desk: Desk, view: View, posts: Sequence[Post]) -> None:
    drafts = [item.draft for item in posts]
    body = render.review_body(view, drafts)
    for tries_left in reversed(range(REVIEW_TRIES)):
        try:
            await post_review(desk.repository, desk.number, desk.head_sha, body, drafts)
        except WriteOutcomeUnknown:
            if await _is_posted(desk, view):
                return
            if not tries_left:
                raise
        else:
            return


async def _is_posted(desk: Desk, view: View) -> bool:
    return await find_review(desk.repository, desk.number, view.job, desk.login) is not None


async def _still_valid(desk: Desk, posts: Sequence[Post]) -> list[Post]:
    pull = await read_pull(desk.repository, desk.number)
    if pull.head.sha != desk.head_sha:
        raise HeadMoved
    diff: Diff = diff_of((await list_files(desk.repository, desk.number, pull.changed_files)).files)
    kept = [item for item in posts if _stands(diff, item)]
    # GitHub does not name the culprit: where ours is not found, no place can be trusted.
    return kept if len(kept) < len(posts) else []


def _stands(diff: Diff, item: Post) -> bool:
    draft = item.draft
    return diff.anchor(draft.path, draft.start_line, draft.line, draft.side) is Anchor.VALID


async def _reopen(desk: Desk, view: View, item: Reopen) -> None:
    await desk.lease.confirm()
    answered = any(
        comment.marker is not None and comment.marker.job == view.job for comment in item.thread.comments[1:]
    )
    root = item.thread.comments[0]
    if not answered:
        await reply(desk.repository, desk.number, root.database_id, render.returned_reply(view, item.finding))
        desk.reached("reply posted")
    if item.body is not None:
        await edit_comment(desk.repository, root.database_id, item.body)


async def _move(desk: Desk, move: Move) -> dict[str, ThreadState | None]:
    """Let a comment say what its finding is known by and proven by now, which notifies nobody."""
    await desk.lease.confirm()
    try:
        await edit_comment(desk.repository, move.thread.comments[0].database_id, move.body)
    except NotFound:
        return {move.finding.fingerprint: ThreadState.DELETED}
    desk.reached("comment moved")
    return {fingerprint_of(move.thread): None, move.finding.fingerprint: ThreadState.OPEN}


async def _close(desk: Desk, thread: ReviewThread, must_resolve: bool) -> ThreadState | None:
    await desk.lease.confirm()
    root = thread.comments[0]
    if must_resolve and desk.resolver is None and not thread.has_reply:
        await delete_comment(desk.repository, root.database_id)
        desk.reached("comment closed")
        return None
    try:
        await edit_comment(desk.repository, root.database_id, render.fixed_comment(root.body, desk.head_sha))
    except NotFound:
        return ThreadState.DELETED
    await _fold(desk, thread)
    desk.reached("comment closed")
    return ThreadState.FIXED


async def _fold(desk: Desk, thread: ReviewThread) -> None:
    # The edit has said all; folding needs permissions that not every installation gave.
    try:
        if desk.resolver is not None:
            await resolve_thread(desk.resolver, thread.id)
        elif not thread.has_reply:
            await minimize_comment(desk.repository, thread.comments[0].id)
    except (Refused, GraphQLFailed) as error:
        log.info("thread not folded", reason=error.message)


def _fingerprints(posts: Sequence[Post]) -> frozenset[str]:
    return frozenset(item.finding.fingerprint for item in posts)
