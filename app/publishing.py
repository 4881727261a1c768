"""Writing a review's comments to GitHub, each at most once whatever fails in between."""

import functools
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final, TypeVar

import msgspec
import structlog

from app.comments import Move, Plan, Post, Reopen, fingerprint_of
from app.leases import Lease
from app.records import record_threads
from app.render import github as render
from app.render.view import View
from app.tables import ThreadState
from github.errors import (
    Forbidden,
    GraphQLFailed,
    InstallationSuspended,
    NotFound,
    PermissionMissing,
    Refused,
    Unprocessable,
    WriteOutcomeUnknown,
)
from github.patches import Anchor, Diff
from github.permissions import read_branch_rules
from github.pulls import Pull, diff_of, list_files, read_pull
from github.repositories import Repository
from github.reviews import delete_comment, edit_comment, find_review, post_review, reply
from github.threads import (
    FIXED,
    ReviewThread,
    minimize_comment,
    resolve_thread,
    unminimize_comment,
    unresolve_thread,
)

REVIEW_TRIES: Final = 2
T = TypeVar("T")
log: Final = structlog.get_logger(__name__)


class HeadMoved(Exception):
    """The pull request has another head by now, or is closed: nothing may be posted on this one."""


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

    async def read(self) -> Pull:
        """Return the pull request as it is now."""
        return await read_pull(self.repository, self.number)

    async def goes_on(self) -> bool:
        """Tell whether no event has ended the review; it may be heard of before GitHub is asked again."""
        return not (await self.lease.confirm()).halt

    async def note(self, threads: Mapping[str, ThreadState | None]) -> None:
        """Remember what has become of comments, None of those that are gone by our own hand."""
        await self.lease.record(lambda session, row: record_threads(session, row, threads))


async def publish(desk: Desk, view: View, plan: Plan, base_ref: str) -> frozenset[str]:
    """Carry out a plan; return the fingerprints that have a comment then.

    Raise github.errors.CallFailed, HeadMoved or LeaseLost.
    """
    posted = await _post(desk, view, plan.post)
    for work in await _edits(desk, view, plan, base_ref):
        if not await desk.goes_on():
            # The review of what there is now does what is left.
            break
        await _unless_locked(work())
    return plan.inline - (_fingerprints(plan.post) - posted)


async def _edits(desk: Desk, view: View, plan: Plan, base_ref: str) -> list[Callable[[], Awaitable[None]]]:
    rules = await read_branch_rules(desk.repository, base_ref) if plan.close else None
    must_resolve = rules is not None and rules.required_review_thread_resolution
    return [
        *(functools.partial(_reopen, desk, view, item) for item in plan.reopen),
        *(functools.partial(_move, desk, move) for move in plan.move),
        *(functools.partial(_close, desk, thread, must_resolve) for thread in plan.close),
    ]


async def _unless_locked(writing: Awaitable[T]) -> T | None:
    """Return what some writing comes to, None where GitHub takes no comment: in a locked conversation, say."""
    try:
        return await writing
    except (PermissionMissing, InstallationSuspended):
        raise
    except Forbidden as error:
        # The check tells all the same.
        log.warning("comments are not taken", reason=error.message)
        return None


async def _post(desk: Desk, view: View, posts: Sequence[Post]) -> frozenset[str]:
    """Post one review with all comments; return the fingerprints that stand on the pull request afterwards."""
    if not posts:
        return frozenset()
    if not await desk.goes_on():
        raise HeadMoved
    accepted = posts
    if not desk.begun_before or not await _is_posted(desk, view):
        accepted = await _unless_locked(_post_accepted(desk, view, posts)) or ()
        desk.reached("review posted")
    standing = _fingerprints(accepted)
    await desk.note(dict.fromkeys(standing, ThreadState.OPEN))
    return standing


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
    answered = any(
        comment.marker is not None and comment.marker.job == view.job for comment in item.thread.comments[1:]
    )
    root = item.thread.comments[0]
    if not answered:
        await reply(desk.repository, desk.number, root.database_id, render.returned_reply(view, item.finding))
        desk.reached("reply posted")
    await _unfold(desk, item.thread)
    if item.body is not None:
        await edit_comment(desk.repository, root.database_id, item.body)
    await desk.note({item.finding.fingerprint: ThreadState.OPEN})


async def _move(desk: Desk, move: Move) -> None:
    """Let a comment say what its finding is known by and proven by now, which notifies nobody."""
    try:
        await edit_comment(desk.repository, move.thread.comments[0].database_id, move.body)
    except NotFound:
        await desk.note({move.finding.fingerprint: ThreadState.DELETED})
        return
    desk.reached("comment moved")
    await desk.note({fingerprint_of(move.thread): None, move.finding.fingerprint: ThreadState.OPEN})


async def _close(desk: Desk, thread: ReviewThread, must_resolve: bool) -> None:
    root, fingerprint = thread.comments[0], fingerprint_of(thread)
    if must_resolve and desk.resolver is None and not thread.has_reply:
        # Noted first: one that is gone, and not by our own hand, is never posted again.
        await desk.note({fingerprint: None})
        await delete_comment(desk.repository, root.database_id)
        desk.reached("comment closed")
        return
    # What is marked as fixed is not looked at again, so it is folded before.
    await _fold(desk, thread)
    try:
        await edit_comment(desk.repository, root.database_id, render.fixed_comment(root.body, desk.head_sha))
    except NotFound:
        await desk.note({fingerprint: ThreadState.DELETED})
        return
    desk.reached("comment closed")
    await desk.note({fingerprint: ThreadState.FIXED})


async def _fold(desk: Desk, thread: ReviewThread) -> None:
    root = thread.comments[0]
    if desk.resolver is not None:
        await _if_allowed(resolve_thread(desk.resolver, thread.id))
    elif not thread.has_reply and root.folded is None:
        await _if_allowed(minimize_comment(desk.repository, root.id))


async def _unfold(desk: Desk, thread: ReviewThread) -> None:
    root = thread.comments[0]
    if thread.is_resolved and desk.resolver is not None:
        await _if_allowed(unresolve_thread(desk.resolver, thread.id))
    # What somebody hid for another reason stays hidden.
    if root.folded == FIXED:
        await _if_allowed(unminimize_comment(desk.repository, root.id))


async def _if_allowed(folding: Awaitable[None]) -> None:
    # The text says all; folding needs permissions that not every installation gave.
    try:
        await folding
    except (Refused, GraphQLFailed) as error:
        log.info("thread not folded", reason=error.message)


def _fingerprints(posts: Sequence[Post]) -> frozenset[str]:
    return frozenset(item.finding.fingerprint for item in posts)
