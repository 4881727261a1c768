"""What hands out reviews on Postgres: jobs of procrastinate, each of them a turn at the queue.

A job never says which review is due: that the rows say, on both databases alike, with their priorities, delays,
fairness and supersession. Whoever gets a job takes the most urgent review, then the next, until none is due. A job
can be lost with its process, a notification with its connection, and nothing is lost with them: a review that is due
while no job waits is noticed from its row within a second.
"""

import asyncio
import time
from typing import Final

import structlog
from procrastinate import App, JobContext, PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from psycopg import OperationalError
from sqlalchemy import URL

from app import queue
from app.offers import QUEUE, TURN, offer
from app.postgres import CONNECTION
from app.slots import Slots
from app.store import Store

# Of jobs for what was noticed late one waits at a time.
OVERDUE: Final = "overdue"
# The task that finds the jobs of processes that have died.
STALLED: Final = "stalled"
# Where notifications are not heard: behind a pooler, or while a connection is made again.
POLL_SECONDS: Final = 1.0
RECONNECT_SECONDS: Final = 1.0
MAX_CONNECTIONS: Final = 4
log: Final = structlog.get_logger(__name__)


class Broker:
    """A worker of procrastinate for the slots of one process."""

    def __init__(self, store: Store, slots: Slots) -> None:
        self._store = store
        self._slots = slots
        self._app = _app(store.url)
        self._app.task(name=TURN, queue=QUEUE)(slots.work_off)
        self._work: asyncio.Task[None] | None = None
        self._stopping = asyncio.Event()
        self._looked_at = 0.0
        self._is_down = False

    async def run(self) -> None:
        """Work at what is handed out until stopped, through restarts of the database."""
        while not self._stopping.is_set():
            try:
                async with self._app.open_async():
                    await self._work_off()
            except (ConnectorException, OperationalError) as error:
                log.warning("no jobs are handed out", error=type(error).__name__)
                self._is_down = True
                await asyncio.sleep(RECONNECT_SECONDS)

    def stop(self) -> None:
        """Take no more jobs; what is under way goes on."""
        self._stopping.set()
        if self._work is not None:
            self._work.cancel()

    async def look(self) -> None:
        """Offer what is due and nobody was told of. Raise sqlalchemy.exc.SQLAlchemyError."""
        if self._is_down:
            # The rows can be read all the same.
            await self._slots.fill()
            return
        if time.monotonic() < self._looked_at + POLL_SECONDS:
            return
        self._looked_at = time.monotonic()
        now = self._store.clock()
        if await self._store.run(lambda session: queue.has_due(session, now), alone=False):
            try:
                await self._store.run(lambda session: offer(session, OVERDUE), alone=False)
            except AlreadyEnqueued:
                return

    async def _work_off(self) -> None:
        if self._stopping.is_set():
            return
        work = self._app.run_worker_async(
            queues=[QUEUE],
            # One for a review that would have to wait for another's end.
            concurrency=self._slots.at_once + 1,
            fetch_job_polling_interval=POLL_SECONDS,
            delete_jobs="always",
            install_signal_handlers=False,
        )
        self._work = asyncio.create_task(work)
        self._is_down = False
        try:
            await self._work
        except asyncio.CancelledError:
            if not self._stopping.is_set():
                raise


def _app(url: URL) -> App:
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    connector = PsycopgConnector(conninfo=address, min_size=1, max_size=MAX_CONNECTIONS, kwargs=CONNECTION)
    app = App(connector=connector)

    @app.periodic(cron="* * * * *")
    @app.task(name=STALLED, queue=QUEUE, queueing_lock=STALLED, pass_context=True)
    async def retry_stalled(context: JobContext, timestamp: int) -> None:  # noqa: ARG001
        manager = context.app.job_manager
        for job in await manager.get_stalled_jobs():
            await manager.retry_job(job)

    return app
