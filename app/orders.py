"""Doing what people ask for in comments, if they may, and letting them see that it was heard."""

from collections.abc import Callable
from typing import Final

import structlog
from sqlmodel import Session, col, func, select

from app import queue
from app.answering import Answering
from app.commands import Verb
from app.events import Command, Enqueue, pull_subject
from app.known_findings import KnownFinding, find, latest_review
from app.render import explain
from app.tables import Decision, Pusher
from app.tools import Tools
from github.errors import Forbidden, InstallationSuspended, NotFound, PermissionMissing
from github.installations import COMMENT
from github.permissions import read_permission
from github.pulls import MAX_COMMITS, Pull, list_commits, read_pull
from github.repositories import Repository
from github.reviews import react

Settle = Callable[[Session], None]
RERUNS: Final = 3
RERUN_SECONDS: Final = 3600.0
# What the author of a pull request may ask for without being able to push.
OF_AUTHORS: Final = frozenset({Verb.RERUN, Verb.EXPLAIN, Verb.HELP, Verb.UNKNOWN})
HEARD, DONE, REFUSED = "eyes", "+1", "confused"
log: Final = structlog.get_logger(__name__)


class Orders:
    """Carries out commands."""

    def __init__(self, tools: Tools, engine_version: str) -> None:
        self._tools = tools
        self._engine_version = engine_version

    async def obey(self, command: Command) -> Settle:
        """Do what GitHub has to see and return what is to be stored. Raise github.errors.CallFailed."""
        repository = self._tools.reach(command.where, COMMENT)
        pull = await read_pull(repository, command.number)
        may_write = (await read_permission(repository, command.login)).may_write
        is_author = pull.user is not None and _same(pull.user.login, command.login)
        if not may_write and not (is_author and command.request.verb in OF_AUTHORS):
            # Not even a reaction: nobody without a say makes this App write.
            log.info("command of somebody without permission", verb=command.request.verb, number=command.number)
            return _nothing
        reaction, settle = await self._carry_out(repository, pull, command, may_write)
        await _show(repository, command, reaction)
        log.info("command", verb=command.request.verb, by=command.login, number=command.number, reaction=reaction)
        return settle

    async def _carry_out(
        self, repository: Repository, pull: Pull, command: Command, may_write: bool
    ) -> tuple[str, Settle]:
        if pull.state != "open":
            return REFUSED, _nothing
        match command.request.verb:
            case Verb.RERUN:
                return await self._rerun(command, pull, may_write)
            case Verb.IGNORE | Verb.ACCEPT:
                return await self._decide(repository, command, pull)
            case Verb.EXPLAIN:
                return await self._explain(repository, command)
            case Verb.HELP:
                job = Answering.job(command.comment)
                await self._answering(repository).once(command, explain.help_text(job))
                return HEARD, _nothing
        return REFUSED, _nothing

    async def _rerun(self, command: Command, pull: Pull, may_write: bool) -> tuple[str, Settle]:
        recent = await self._tools.store.run(lambda session: self._reruns(session, command))
        if not may_write and recent >= RERUNS:
            return REFUSED, _nothing

        def store(session: Session) -> None:
            # Commands that came together were all counted before any of them.
            if may_write or self._reruns(session, command) < RERUNS:
                self._store(session, command, pull, None)

        return HEARD, store

    async def _decide(self, repository: Repository, command: Command, pull: Pull) -> tuple[str, Settle]:
        found = await self._find(command)
        if found is None:
            return REFUSED, _nothing
        if command.request.verb is Verb.ACCEPT and await self._is_involved(repository, command, pull):
            return REFUSED, _nothing
        return DONE, lambda session: self._store(session, command, pull, found)

    async def _explain(self, repository: Repository, command: Command) -> tuple[str, Settle]:
        found = await self._find(command)
        if found is None:
            return REFUSED, _nothing
        links = self._tools.links(command.where.full_name)
        text = explain.explanation([found.explained()], links, Answering.job(command.comment))
        await self._answering(repository).once(command, text)
        return HEARD, _nothing

    async def _find(self, command: Command) -> KnownFinding | None:
        subject, prefix = pull_subject(command.number), command.request.fingerprint
        return await self._tools.store.run(
            lambda session: find(session, latest_review(session, command.where.repo_id, subject), prefix)
        )

    async def _is_involved(self, repository: Repository, command: Command, pull: Pull) -> bool:
        """Tell whether who decides has written or pushed what is decided about."""

        def pushers(session: Session) -> list[str]:
            rows = select(Pusher.login).where(Pusher.repo_id == command.where.repo_id, Pusher.number == command.number)
            return list(session.exec(rows))

        logins = await self._tools.store.run(pushers)
        commits = await list_commits(repository, command.number)
        if len(commits) >= MAX_COMMITS:
            # Who wrote those that GitHub does not list cannot be known.
            return True
        for commit in commits:
            logins.extend(account.login for account in (commit.author, commit.committer) if account is not None)
        if pull.user is not None:
            logins.append(pull.user.login)
        return any(_same(login, command.login) for login in logins)

    def _answering(self, repository: Repository) -> Answering:
        return Answering(repository, self._tools.identity)

    def _reruns(self, session: Session, command: Command) -> int:
        return session.exec(
            select(func.count())
            .select_from(Decision)
            .where(
                Decision.repo_id == command.where.repo_id,
                Decision.number == command.number,
                Decision.verb == Verb.RERUN,
                Decision.comment != command.comment,
                col(Decision.made_at) > self._tools.store.clock() - RERUN_SECONDS,
            )
        ).one()

    def _store(self, session: Session, command: Command, pull: Pull, found: KnownFinding | None) -> None:
        if session.get(Decision, command.comment) is not None:
            return
        session.add(
            Decision(
                comment=command.comment,
                repo_id=command.where.repo_id,
                number=command.number,
                verb=command.request.verb,
                fingerprint=found.fingerprint if found else "",
                evidence=found.evidence if found else "",
                reason=command.request.reason,
                login=command.login,
                head_sha=pull.head.sha,
                made_at=self._tools.store.clock(),
            )
        )
        if command.request.verb is not Verb.IGNORE:
            subject = pull_subject(pull.number)
            request = Enqueue(command.where, subject, pull.head.sha, pull.base.sha, pull.base.ref, again=True)
            queue.enqueue(session, request, self._engine_version, self._tools.store.clock())


async def _show(repository: Repository, command: Command, reaction: str) -> None:
    kind, _, comment_id = command.comment.partition("/")
    try:
        await react(repository, kind, int(comment_id), reaction)
    except (PermissionMissing, InstallationSuspended):
        raise
    except (Forbidden, NotFound) as error:
        # In a locked conversation, or to a comment that is gone: what was decided counts all the same.
        log.info("command not reacted to", reason=error.message)


def _same(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()


def _nothing(_session: Session) -> None:
    return
