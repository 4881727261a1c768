"""Everything that a review reads before it judges: as much at once as can be, since each call takes GitHub its time."""

import functools

import msgspec
from sqlmodel import Session

from app import queue
from app.branch_requirements import unpinned
from app.changesets import ChangeSet, Subject, read_change, read_subject
from app.check_runs import CHECK_NAME
from app.events import Enqueue, Where
from app.halting import Halted, go_on
from app.judging import StatedPolicy, read_policy
from app.leases import Lease
from app.tables import Halt, Review
from app.tools import Tools
from github.concurrency import begun
from github.installations import READ
from github.repositories import Repository


class Material(msgspec.Struct, frozen=True):
    """What is judged by which policy, and warnings about how the branch takes the verdict."""

    subject: Subject
    stated: StatedPolicy
    changes: ChangeSet
    warnings: tuple[str, ...]


async def read_material(tools: Tools, review: Review, lease: Lease) -> Material:
    """Read it, unless the pull request has another head by now. Raise CallFailed, Halted or LeaseLost."""
    repository = tools.repository(await go_on(lease), READ)
    async with (
        begun(_read_current(tools, repository, review, lease)) as subject,
        begun(read_change(repository, review, tools.trees, subject)) as changes,
        begun(_warnings(tools, repository, review)) as warnings,
    ):
        # What has become of the pull request, and how it is to end, counts before whatever else could not be read.
        current = await subject
        stated = read_policy(current.policy)
        await _note_policy(lease, current, stated)
        material = Material(current, stated, await changes, await warnings)
    tools.reached("change read")
    return material


async def _read_current(tools: Tools, repository: Repository, review: Review, lease: Lease) -> Subject:
    subject = await read_subject(repository, review)
    pull = subject.pull
    if pull is not None and pull.state != "OPEN":
        await lease.change(lambda row: setattr(row, "halt", Halt.CLOSED))
        raise Halted
    if pull is not None and (pull.head_sha, pull.base_ref) != (review.head_sha, review.base_ref):
        # Events come late and out of order: what GitHub says now is reviewed instead.
        where = Where(review.installation_id, review.repo_id, review.full_name)
        newer = Enqueue(where, review.subject, pull.head_sha, pull.base_sha, pull.base_ref)
        await lease.record(functools.partial(_supersede, newer=newer, now=tools.store.clock()))
        raise Halted
    tools.reached("subject read")
    return subject


async def _note_policy(lease: Lease, subject: Subject, stated: StatedPolicy) -> None:
    def note(row: Review) -> None:
        row.policy, row.on_error = subject.policy_id, stated.policy.on_error

    row = await lease.confirm()
    if (row.policy, row.on_error) != (subject.policy_id, stated.policy.on_error):
        await lease.change(note)


async def _warnings(tools: Tools, repository: Repository, review: Review) -> tuple[str, ...]:
    if review.number is None:
        return ()
    rules = await tools.requirements.read(repository, review.base_ref)
    return unpinned(rules, review.base_ref, CHECK_NAME, tools.settings.github_app_id)


def _supersede(session: Session, review: Review, newer: Enqueue, now: float) -> None:
    queue.enqueue(session, newer, review.engine_version, now)
    row = session.get_one(Review, review.id)
    # Also when the newer head is being reviewed already.
    row.halt, row.halted_by = Halt.SUPERSEDED, newer.head_sha
