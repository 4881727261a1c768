"""What deliveries ask for that GitHub has to be asked about first; the answer is what is then to be stored."""

from collections.abc import Callable, Sequence
from typing import Final

import structlog
from sqlmodel import Session

from app import queue
from app.answering import Answering
from app.baselines import follow_base, welcome
from app.events import BaseMoved, Command, Enqueue, Inquiry, Press, Rerequest, Welcome, pull_subject
from app.external_ids import parse_external_id
from app.known_findings import MAX_EXPLAINED, findings
from app.orders import Orders
from app.render import explain
from app.subjects import may_be_back
from app.tables import Review
from app.tools import Tools
from github.installations import COMMENT, READ
from github.permissions import read_permission
from github.pulls import Pull, list_open_pulls_by_head, read_pull

Settle = Callable[[Session], None]
RERUN, EXPLAIN = "rerun", "explain"
log: Final = structlog.get_logger(__name__)


class Inquiries:
    """Asks GitHub."""

    def __init__(self, tools: Tools, engine_version: str) -> None:
        self._tools = tools
        self._engine_version = engine_version
        self._orders = Orders(tools, engine_version)

    async def answer(self, inquiry: Inquiry) -> Settle:
        """Return what is to be stored. Raise github.errors.CallFailed."""
        match inquiry:
            case Rerequest():
                return self._queueing(await self._requests(inquiry), if_back=inquiry.if_back)
            case Command():
                return await self._orders.obey(inquiry)
            case Press():
                return await self._press(inquiry)
            case Welcome():
                return self._queueing(await welcome(self._tools, inquiry))
            case BaseMoved():
                return self._comparing(follow_base(inquiry))

    def forget(self, installation_id: int) -> None:
        """Drop what is held in memory of an installation that is gone."""
        self._tools.app.forget(installation_id)

    def answered(self) -> None:
        """Take note that what an answer asked for is stored."""
        self._tools.reached("inquiry answered")

    def _comparing(self, request: Enqueue) -> Settle:
        def settle(session: Session) -> None:
            queue.enqueue_base(session, request, self._engine_version, self._tools.store.clock())

        return settle

    def _queueing(self, requests: Sequence[Enqueue], *, if_back: bool = False) -> Settle:
        def settle(session: Session) -> None:
            # While GitHub was asked, a review of it may have begun.
            for request in requests if not if_back else [item for item in requests if may_be_back(session, item)]:
                queue.enqueue(session, request, self._engine_version, self._tools.store.clock())

        log.info("looked up", found=[request.subject for request in requests])
        return settle

    async def _requests(self, request: Rerequest) -> list[Enqueue]:
        merge_group = _merge_group(request)
        if merge_group is not None:
            return [merge_group]
        where = request.where
        repository = self._tools.reach(where, READ)
        pulls: Sequence[Pull] = [await read_pull(repository, number) for number in request.numbers]
        if not pulls:
            pulls = await list_open_pulls_by_head(repository, request.head_sha)
        return [
            Enqueue(where, pull_subject(pull.number), pull.head.sha, pull.base.sha, pull.base.ref, again=True)
            for pull in pulls
            if pull.state == "open" and pull.head.sha == request.head_sha
        ]

    async def _press(self, press: Press) -> Settle:
        repository = self._tools.reach(press.check.where, READ)
        if not (await read_permission(repository, press.login)).may_write:
            log.info("button of somebody without permission", button=press.button)
            return _nothing
        if press.button == RERUN:
            return await self._press_rerun(press.check)
        if press.button == EXPLAIN:
            await self._explain(press.check)
        return _nothing

    async def _press_rerun(self, check: Rerequest) -> Settle:
        def rerun(session: Session) -> None:
            queue.rerun(session, check, self._engine_version, self._tools.store.clock())

        known = await self._tools.store.run(lambda session: _reviewed(session, check))
        return rerun if known is not None else self._queueing(await self._requests(check))

    async def _explain(self, check: Rerequest) -> None:
        review = await self._tools.store.run(lambda session: _reviewed(session, check))
        if review is None or review.number is None:
            return
        known = await self._tools.store.run(lambda session: findings(session, review))
        job = f"explained:{review.id}"
        told = [item.explained() for item in known[:MAX_EXPLAINED]]
        text = explain.explanation(told, self._tools.links(review.full_name), job)
        answering = Answering(self._tools.reach(check.where, COMMENT), self._tools.identity)
        await answering.in_conversation(review.number, text, job)


def _reviewed(session: Session, check: Rerequest) -> Review | None:
    identity = parse_external_id(check.external_id)
    review = session.get(Review, identity.job) if identity is not None else None
    return review if review is not None and review.repo_id == check.where.repo_id else None


def _merge_group(request: Rerequest) -> Enqueue | None:
    identity = parse_external_id(request.external_id)
    if identity is None or identity.repo_id != request.where.repo_id or not identity.subject.startswith("mg:"):
        return None
    return Enqueue(request.where, identity.subject, request.head_sha, identity.base_sha, "", again=True)


def _nothing(_session: Session) -> None:
    return
