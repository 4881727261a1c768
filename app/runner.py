"""The loop that turns deliveries into reviews and sees that they are worked at, in a server or a worker."""

import asyncio
import contextlib
import time
from collections.abc import Coroutine
from typing import Any, Final, Protocol

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.backlog import backlog, paused_installations
from app.dispatch import Dispatcher
from app.metrics import Metrics
from app.slots import Slots
from app.store import Store
from app.under_way import UnderWay, attempt

POLL_SECONDS: Final = 1.0
# In a burst every delivery wakes the loop. All are answered first, unless that takes too long, and dispatched together;
# one that comes alone is not kept waiting.
FIRST_SECONDS: Final = 0.005
GATHER_SECONDS: Final = 0.02
MAX_GATHERED: Final = 50
MEASURE_SECONDS: Final = 5.0
# With what the web server and the database take, a stop ends within 25 seconds.
DRAIN_SECONDS: Final = 15.0
log: Final = structlog.get_logger(__name__)


class Handing(Protocol):
    """What hands reviews to the slots of this process."""

    async def run(self) -> None:
        """Hand them out until stopped."""

    def stop(self) -> None:
        """Hand out no more."""

    async def look(self) -> None:
        """See to what is due. Raise sqlalchemy.exc.SQLAlchemyError."""


class Alone:
    """Hands a process what is due, with nothing in between."""

    def __init__(self, slots: Slots) -> None:
        self.look = slots.fill

    async def run(self) -> None:
        """Do nothing more than look."""

    def stop(self) -> None:
        """Nothing more is taken once the slots are closed."""


class Runner:
    """Works until it is stopped."""

    def __init__(self, store: Store, dispatcher: Dispatcher, slots: Slots, metrics: Metrics) -> None:
        self._store = store
        self._dispatcher = dispatcher
        self._slots = slots
        self._metrics = metrics
        self._handing = _handing(store, slots)
        self._wake = asyncio.Event()
        self._stopping = asyncio.Event()
        self._inquiries = UnderWay()
        self._inquiries.ended = slots.under_way.ended = self.wake
        self._looked_up: set[str] = set()
        self._measured_at = 0.0

    def wake(self) -> None:
        """Look at once for something to do; in a burst, when it has calmed down."""
        self._wake.set()

    async def run(self) -> None:
        """Work until stopped."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._handing.run())
            group.create_task(self._loop())

    async def stop(self, drain_seconds: float = DRAIN_SECONDS) -> None:
        """Take nothing new, give what is under way some time, then put it back into the queue."""
        self._stopping.set()
        self.wake()
        self._handing.stop()
        await asyncio.gather(self._slots.close(drain_seconds), self._inquiries.end(drain_seconds))

    async def _loop(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            try:
                await self._dispatch()
                await self._handing.look()
                await self._measure()
            except SQLAlchemyError:
                log.exception("the database cannot be used")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(POLL_SECONDS):
                    await self._wake.wait()
                    await self._gather()

    async def _gather(self) -> None:
        for pause in (FIRST_SECONDS, *[GATHER_SECONDS] * MAX_GATHERED):
            self._wake.clear()
            await asyncio.sleep(pause)
            if not self._wake.is_set():
                return

    async def _dispatch(self) -> None:
        for guid, request in await self._dispatcher.dispatch():
            if guid not in self._looked_up:
                self._looked_up.add(guid)
                _ = self._inquiries.begin(self._look_up(guid, self._dispatcher.look_up(guid, request)))

    async def _look_up(self, guid: str, work: Coroutine[Any, Any, None]) -> None:
        try:
            error = await attempt(work)
            if error is not None:
                log.warning("not looked up", guid=guid, error=type(error).__name__, reason=str(error))
                await self._dispatcher.failed(guid, error)
        finally:
            # Also where not even the failure could be stored: it is due again after a while.
            self._looked_up.discard(guid)

    async def _measure(self) -> None:
        if time.monotonic() < self._measured_at + MEASURE_SECONDS:
            return
        self._measured_at = time.monotonic()
        now = self._store.clock()
        self._metrics.record_backlog(await self._store.run(backlog), now)
        paused = await self._store.run(lambda session: paused_installations(session, now))
        self._metrics.paused_installations.set(paused)


def _handing(store: Store, slots: Slots) -> Handing:
    if store.is_sqlite or not slots.at_once:
        return Alone(slots)
    from app.broker import Broker

    return Broker(store, slots)
