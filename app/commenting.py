"""From a judged change to the comments on its pull request."""

import datetime

import msgspec

from app.changesets import Subject
from app.commands import Verb
from app.comments import Plan, Standing, plan_comments
from app.decisions import Rulings, in_force
from app.leases import Lease
from app.moves import Moves
from app.publishing import Desk, HeadMoved, publish
from app.records import record_threads, remembered_threads
from app.render import github as render
from app.render import notes
from app.render.view import View
from app.tables import Review
from app.tools import Tools
from github.checks import Output
from github.installations import COMMENT, READ, RESOLVE
from github.pulls import Pull, read_pull


class Judged(msgspec.Struct, frozen=True):
    """A judged change, with the fingerprints by which its findings were known before.

    `elsewhere` are those of findings that are shown in its diff already.
    """

    subject: Subject
    view: View
    moves: Moves = {}
    elsewhere: frozenset[str] = frozenset()


class Commenting(msgspec.Struct, frozen=True):
    """The comments of one review: what is planned, and where it goes."""

    tools: Tools
    review: Review
    lease: Lease
    subject: Subject
    view: View
    plan: Plan
    login: str
    # Told in the diff by others.
    elsewhere: frozenset[str] = frozenset()

    async def publish(self) -> frozenset[str]:
        """Carry out the plan; return the fingerprints that have a comment. Raise CallFailed or LeaseLost."""
        plan, pull = self.plan, self.subject.pull
        if pull is None or plan.is_empty:
            return plan.inline
        desk = self._desk(pull.number)
        if not await desk.goes_on() or not self._is_current(now := await desk.read()):
            return plan.without_new().inline
        if now.draft:
            plan = plan.without_new()
        self.tools.reached("fenced")
        try:
            return await publish(desk, self.view, plan, pull.base_ref)
        except HeadMoved:
            return plan.without_new().inline

    def output(self, inline: frozenset[str]) -> Output:
        """Render the check of a change of which these fingerprints have a comment or are shown in the diff."""
        # The check has the whole text of what others show, since they know neither its evidence nor its fix.
        return render.concluded(self.view, inline - self.elsewhere, self.elsewhere)

    def delayed(self, until: float) -> View:
        """Return the view that says that the comments are still to come."""
        moment = datetime.datetime.fromtimestamp(until, datetime.UTC).strftime("%Y-%m-%d %H:%M UTC")
        note = notes.comments_delayed(len(self.plan.post), moment)
        return msgspec.structs.replace(self.view, notes=(*self.view.notes, note))

    def _is_current(self, now: Pull) -> bool:
        reviewed = (self.review.head_sha, self.review.base_ref)
        return now.state == "open" and (now.head.sha, now.base.ref) == reviewed

    def _desk(self, number: int) -> Desk:
        tools, review = self.tools, self.review
        resolver = tools.repository(review, RESOLVE) if tools.settings.skillaudit_resolve_threads else None
        writer = tools.repository(review, COMMENT)
        begun_before = bool(review.step)
        return Desk(writer, number, review.head_sha, self.login, self.lease, tools.reached, resolver, begun_before)


async def plan_commenting(tools: Tools, review: Review, lease: Lease, judged: Judged, decided: Rulings) -> Commenting:
    """Decide on the comments of a judged change. Raise CallFailed."""
    subject, view = judged.subject, judged.view
    details = await tools.identity.details()
    plan = Plan()
    if subject.pull is not None:
        remembered = await tools.store.run(lambda session: remembered_threads(session, review))
        ignored = frozenset(in_force(view.report, decided, Verb.IGNORE))
        logins = (details.login, details.slug)
        standing = Standing(subject.threads, remembered, logins, ignored, judged.elsewhere, judged.moves)
        plan = plan_comments(view, standing)
        unknown = standing.unknown()
        if unknown:
            # Whoever posted them did not get so far as to write it down, or the database was restored.
            await lease.record(lambda session, row: record_threads(session, row, unknown))
        if subject.pull.is_draft:
            plan = plan.without_new()
    return Commenting(tools, review, lease, subject, view, plan, details.login, judged.elsewhere)


async def is_open_at(tools: Tools, review: Review, number: int) -> bool:
    """Tell whether another pull request is open with the head of this review. Raise CallFailed."""
    pull = await read_pull(tools.repository(review, READ), number)
    return pull.state == "open" and pull.head.sha == review.head_sha
