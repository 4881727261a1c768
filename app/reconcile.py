"""What no event told of: found at boot and every few minutes, and made good.

GitHub never sends a failed event again by itself, and none while nobody listens. One process at a time looks for

* open pull requests, in repositories with a review in the last day, whose head has no concluded check of ours;
* the same in all repositories once after an outage, of this App or of GitHub, however long it was;
* checks that ended reviews left in progress;
* failed deliveries, which GitHub is asked to send again.

Each round is bounded and can be cut off anywhere: the row of the duty says where the next one goes on.
"""

import asyncio
import functools
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import structlog
from sqlalchemy import func
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col, select

from analyzers import ENGINE_VERSION
from app.abandoned_checks import conclude_abandoned_checks
from app.duties import LEASE_SECONDS, Turn, TurnLost
from app.events import Where
from app.open_heads import OpenHeads
from app.redeliveries import repeat_failed_deliveries
from app.tables import Duty, Review
from app.tools import Tools
from github.errors import CallFailed, RateLimited, Refused, Unreachable
from github.installations import InstallationDetails

DUTY: Final = "reconcile"
ACTIVE_SECONDS: Final = 24 * 3600.0
# Heads of pull requests that nobody has touched for longer are left alone: nobody waits for them.
RECENT_SECONDS: Final = 3 * 24 * 3600.0
# Clocks run apart, and the last round before an outage may have seen less than it noted.
OVERLAP_SECONDS: Final = 900.0
SHORTEST_OUTAGE_SECONDS: Final = 900.0
MAX_REPOSITORIES: Final = 200
MAX_QUEUED: Final = 200
# Between rounds while an outage is being made good.
CATCHING_UP_SECONDS: Final = 30.0
log: Final = structlog.get_logger(__name__)


class Reconciler:
    """Looks for what was missed, in the one process whose turn it is; `wake` is called when something was queued."""

    def __init__(
        self,
        tools: Tools,
        owner: str,
        wake: Callable[[], None],
        clock: Callable[[], float] = time.time,
        max_repositories: int = MAX_REPOSITORIES,
    ) -> None:
        self._tools = tools
        self._wake = wake
        self._clock = clock
        self._max_repositories = max_repositories
        self._interval = float(tools.settings.skillaudit_reconcile_seconds)
        self._turn = Turn(tools.store, DUTY, owner, clock)
        self._heads = OpenHeads(tools, self._turn, ENGINE_VERSION, clock)

    async def run(self) -> None:
        """Reconcile at once, then again and again until cancelled."""
        pause = await self.reconcile(at_once=True)
        while True:
            await asyncio.sleep(pause)
            pause = await self.reconcile()

    async def reconcile(self, *, at_once: bool = False) -> float:
        """Do one round if it is this process' turn; return the seconds until the next."""
        try:
            return await self._round(at_once)
        except TurnLost:
            log.warning("another process reconciles now")
        except SQLAlchemyError:
            log.exception("not reconciled: the database cannot be used")
        return min(self._interval, LEASE_SECONDS)

    async def _round(self, at_once: bool) -> float:
        started = self._clock()
        # The others' rounds count, too, so that each need not do one.
        duty = await self._turn.take(started if at_once else started - self._interval * 0.9)
        if duty is None:
            return min(self._interval, LEASE_SECONDS)
        await self._begin(duty, started)
        outcomes = [
            await self._attempt("active repositories", self._look_at_active(started)),
            await self._attempt("outage", self._catch_up()),
            await self._attempt("abandoned checks", conclude_abandoned_checks(self._tools, self._turn, started)),
            await self._attempt("failed deliveries", repeat_failed_deliveries(self._tools, self._turn, started)),
        ]
        ended = await self._turn.give_back(started if all(outcomes) else None)
        return self._interval if ended.behind_since is None else min(self._interval, CATCHING_UP_SECONDS)

    async def _attempt(self, what: str, work: Awaitable[None]) -> bool:
        try:
            await work
        except CallFailed as error:
            log.warning("not reconciled", part=what, reason=str(error))
            return False
        finally:
            self._wake()
        return True

    async def _begin(self, duty: Duty, now: float) -> None:
        since = (duty.done_at or now - ACTIVE_SECONDS) - OVERLAP_SECONDS
        short = now - duty.done_at < max(SHORTEST_OUTAGE_SECONDS, 3 * self._interval)
        if short or duty.behind_since == since:
            return
        log.info("making good an outage", since=since)
        await self._turn.keep(functools.partial(_fall_behind, since=since))

    async def _look_at_active(self, now: float) -> None:
        places = await self._tools.store.run(lambda session: _active(session, now - ACTIVE_SECONDS))
        done = (await self._turn.keep()).active_repo_id
        pending = [where for where in places if where.repo_id > done][: self._max_repositories]
        queued, paused = 0, set[int]()
        for where in pending:
            if where.installation_id not in paused:
                try:
                    queued += await self._look_at(where, now - RECENT_SECONDS)
                except RateLimited as error:
                    log.warning("repository left for later", repository=where.full_name, reason=str(error))
                    paused.add(where.installation_id)
            await self._turn.keep(functools.partial(_note_active, repo_id=where.repo_id))
            if queued >= MAX_QUEUED:
                return
        if len(pending) < self._max_repositories:
            await self._turn.keep(functools.partial(_note_active, repo_id=0))

    async def _catch_up(self) -> None:
        if (await self._turn.keep()).behind_since is None:
            return
        installations = sorted(await self._tools.app.installations(), key=lambda one: one.id)
        looked_at = queued = 0
        for installation in installations:
            for where in await self._pending(installation):
                duty = await self._turn.keep()
                queued += await self._look_at(where, duty.behind_since or 0.0)
                looked_at += 1
                await self._turn.keep(functools.partial(_advance, where=where))
                if looked_at >= self._max_repositories or queued >= MAX_QUEUED:
                    return
        log.info("outage made good", repositories=looked_at, queued=queued)
        await self._turn.keep(_catch_up_ended)

    async def _pending(self, installation: InstallationDetails) -> Sequence[Where]:
        duty = await self._turn.keep()
        if installation.suspended_at is not None or installation.id < duty.behind_installation_id:
            return ()
        try:
            repositories = await self._tools.app.repositories(installation.id)
        except Refused as error:
            log.info("installation passed over", installation=installation.id, reason=str(error))
            return ()
        done = duty.behind_repo_id if installation.id == duty.behind_installation_id else 0
        found = [
            Where(installation.id, repository.id, repository.full_name)
            for repository in repositories
            if repository.id > done and not repository.archived
        ]
        return sorted(found, key=lambda where: where.repo_id)

    async def _look_at(self, where: Where, since: float) -> int:
        """Look at a repository; what is wrong with it alone must not keep the others waiting.

        Raise RateLimited or Unreachable.
        """
        try:
            return await self._heads.look_at(where, since)
        except (RateLimited, Unreachable):
            raise
        except CallFailed as error:
            log.warning("repository passed over", repository=where.full_name, reason=str(error))
            return 0


def _active(session: Session, since: float) -> Sequence[Where]:
    # The newest review knows the repository's name of today.
    newest = (
        select(Review.repo_id, func.max(Review.created_at).label("created_at"))
        .where(col(Review.created_at) >= since)
        .group_by(col(Review.repo_id))
        .subquery()
    )
    rows = session.exec(
        select(Review)
        .join(newest, (col(Review.repo_id) == newest.c.repo_id) & (col(Review.created_at) == newest.c.created_at))
        .order_by(col(Review.repo_id))
    )
    return list({row.repo_id: Where(row.installation_id, row.repo_id, row.full_name) for row in rows}.values())


def _note_active(duty: Duty, repo_id: int) -> None:
    duty.active_repo_id = repo_id


def _fall_behind(duty: Duty, since: float) -> None:
    # An outage amid the last one's repair is made good together with it, from the beginning.
    duty.behind_since = since if duty.behind_since is None else min(duty.behind_since, since)
    duty.behind_installation_id = duty.behind_repo_id = 0


def _advance(duty: Duty, where: Where) -> None:
    duty.behind_installation_id, duty.behind_repo_id = where.installation_id, where.repo_id


def _catch_up_ended(duty: Duty) -> None:
    duty.behind_since = None
    duty.behind_installation_id = duty.behind_repo_id = 0
