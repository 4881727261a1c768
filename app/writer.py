"""When the calls of an installation may be sent: writes at GitHub's pace, the urgent ones first, none in a pause.

GitHub counts for an installation whatever process of ours writes, so pace and pauses are kept in the database. The
limits: https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits
"""

import asyncio
import enum
import random
from collections.abc import Awaitable, Callable
from typing import Final

import msgspec
import structlog
from sqlmodel import Session

from app.buckets import CONTENT, WRITES
from app.store import Store
from app.tables import Pace
from github.answers import Call
from github.errors import PrimaryRateLimited, RateLimited, SecondaryRateLimited

# Longer than this nobody waits with a review in hand.
PATIENCE_SECONDS: Final = 20.0
FIRST_PAUSE: Final = 60.0
LONGEST_PAUSE: Final = 900.0
# A share of each pause, so that those who waited do not all come back at once.
JITTER: Final = 0.1
MAX_JITTER: Final = 5.0
log: Final = structlog.get_logger(__name__)


class Urgency(enum.IntEnum):
    """Whose turn it is first; each leaves as many tokens to those before it as its number says."""

    CONCLUDE = 0
    MERGE_GROUP = 1
    CREATE_CHECK = 2
    REVIEW = 3
    EDIT = 4
    REACTION = 5


class Timing(msgspec.Struct, frozen=True):
    """Sleep, and a random share of one."""

    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    jitter: Callable[[], float] = random.SystemRandom().random


class Writer:
    """Keeps the pace of all installations; without `pacing` only their pauses, as on servers that set no limits."""

    def __init__(
        self,
        store: Store,
        timing: Timing = Timing(),
        *,
        pacing: bool = True,
        on_pause: Callable[[RateLimited], None] = lambda _: None,
    ) -> None:
        self._store = store
        self._on_pause = on_pause
        self._timing = timing
        self._pacing = pacing
        self._paused_until: dict[int, float] = {}

    def turn(self, installation_id: int, *, merge_group: bool = False) -> "Turn":
        """Return what the calls of one installation wait for."""
        return Turn(self, installation_id, merge_group)

    async def admit(self, installation_id: int, call: Call, urgency: Urgency) -> None:
        """Wait until a call may be sent. Raise RateLimited when that is too long from now."""
        now = self._store.clock()
        if self._paused_until.get(installation_id, 0.0) > now:
            await self._store.run(lambda session: self._remember(_pace(session, installation_id)))
            self._refuse_until(call, self._paused_until[installation_id], now)
        if call.repeatable:
            return
        deadline = now + PATIENCE_SECONDS
        while True:
            wait = await self._store.run(lambda session: self._take(session, installation_id, call, urgency))
            now = self._store.clock()
            self._refuse_until(call, self._paused_until.get(installation_id, 0.0), now)
            if wait <= 0.0:
                return
            if now + wait > deadline:
                raise SecondaryRateLimited(call.method, call.route, "kept back to GitHub's pace", now + wait)
            await self._timing.sleep(wait)

    async def pause(self, installation_id: int, error: RateLimited) -> RateLimited:
        """Stop all calls of an installation for as long as GitHub asks, longer each time where it names no time."""
        until = await self._store.run(lambda session: self._pause(session, installation_id, error))
        self._paused_until[installation_id] = until
        self._on_pause(error)
        log.warning("GitHub asks to pause", installation=installation_id, route=error.route, until=until)
        return type(error)(error.method, error.route, error.message, until, named=error.named)

    def _remember(self, pace: Pace) -> None:
        self._paused_until[pace.installation_id] = pace.paused_until

    def _refuse_until(self, call: Call, until: float, now: float) -> None:
        if until > now:
            raise SecondaryRateLimited(call.method, call.route, "GitHub asked to pause", until)

    def _take(self, session: Session, installation_id: int, call: Call, urgency: Urgency) -> float:
        """Take what a call costs, or return how long to wait before asking again."""
        pace = _pace(session, installation_id)
        now = self._store.clock()
        self._remember(pace)
        if pace.paused_until > now or not self._pacing:
            return 0.0
        content = _notifies(call)
        wait = WRITES.wait(pace.writes_full_at, now, int(urgency))
        if content:
            wait = max(wait, CONTENT.wait(pace.content_full_at, now))
        if wait <= 0.0:
            pace.writes_full_at = WRITES.take(pace.writes_full_at, now)
            pace.content_full_at = CONTENT.take(pace.content_full_at, now) if content else pace.content_full_at
        return wait

    def _pause(self, session: Session, installation_id: int, error: RateLimited) -> float:
        pace = _pace(session, installation_id)
        now = self._store.clock()
        if now > pace.paused_until + LONGEST_PAUSE:
            pace.pauses = 0
        # Calls that were under way together are refused together: that is one pause.
        again = now >= pace.paused_until
        named = error.retry_at - now
        seconds = named if error.named else max(named, min(FIRST_PAUSE * 2.0**pace.pauses, LONGEST_PAUSE))
        until = now + seconds + self._timing.jitter() * min(seconds * JITTER, MAX_JITTER)
        pace.paused_until = until if again else max(until, pace.paused_until)
        pace.pauses += again
        return pace.paused_until


class Turn:
    """The pace of one installation, for the calls about one subject."""

    def __init__(self, writer: Writer, installation_id: int, merge_group: bool) -> None:
        self._writer = writer
        self._installation_id = installation_id
        self._merge_group = merge_group

    async def admit(self, call: Call) -> None:
        """Wait until a call may be sent. Raise RateLimited."""
        urgency = urgency_of(call)
        if self._merge_group:
            urgency = min(urgency, Urgency.MERGE_GROUP)
        await self._writer.admit(self._installation_id, call, urgency)

    async def held_back(self, error: RateLimited) -> RateLimited:
        """Pause the installation; of uploads to code scanning GitHub keeps an hourly count of its own."""
        if isinstance(error, PrimaryRateLimited) and "/code-scanning" in error.route:
            return error
        return await self._writer.pause(self._installation_id, error)


def urgency_of(call: Call) -> Urgency:
    """Return the urgency of a write: a check that is waited for before a comment, a comment before a reaction."""
    if "/check-runs" in call.route:
        return Urgency.CREATE_CHECK if call.method == "POST" else Urgency.CONCLUDE
    if call.route.endswith("/reactions"):
        return Urgency.REACTION
    return Urgency.REVIEW if call.route.endswith("/reviews") else Urgency.EDIT


def _notifies(call: Call) -> bool:
    return "/check-runs" not in call.route and "/code-scanning" not in call.route


def _pace(session: Session, installation_id: int) -> Pace:
    pace = session.get(Pace, installation_id, with_for_update=True)
    if pace is None:
        pace = Pace(installation_id=installation_id)
        session.add(pace)
    return pace
