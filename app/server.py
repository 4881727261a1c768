"""The parts of a running server or worker, made from its settings."""

import asyncio
import contextlib
import fcntl
import secrets
import signal
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import structlog

from analyzers import ENGINE_VERSION
from app import queue
from app.branch_requirements import BranchRequirements
from app.changesets import TreeCache
from app.dispatch import Dispatcher
from app.duties import void_turns
from app.facts_cache import FileCache
from app.health import Health
from app.identity import Identity
from app.inbox import Inbox
from app.inquiries import Inquiries
from app.metrics import Metrics
from app.reconcile import Reconciler
from app.retention import Retention
from app.reviews import Reviewer
from app.runner import Runner
from app.settings import Settings
from app.slots import Slots
from app.store import Store
from app.tools import Tools
from app.upload_watch import watch_uploads
from app.webhooks import Webhook
from app.workers import AnalysisPool
from app.writer import Writer
from github.client import Client
from github.installations import App

FACTS_FILE: Final = "facts.db"
log: Final = structlog.get_logger(__name__)


class AlreadyRunning(Exception):
    """Another server works on the same database file."""


class DatabaseDamaged(Exception):
    """The database file is not what was written to it: it has to be restored."""


class Server:
    """Everything that lives as long as the server does; without credentials it only says what is missing."""

    def __init__(self, settings: Settings, reached: Callable[[str], None], pool: AnalysisPool) -> None:
        self.settings = settings
        self.metrics = Metrics()
        self.store = Store(settings.database_url)
        self.pool = pool
        self._threads = ThreadPoolExecutor(settings.skillaudit_reviews + 1, thread_name_prefix="audit")
        self._client = Client(settings.github_api_url, on_call=self.metrics.record_call)
        self._identity: Identity | None = None
        self._runner: Runner | None = None
        self._reconciler: Reconciler | None = None
        self._tools: Tools | None = None
        if not any(item.problem for item in settings.requirements()):
            self._runner = self._build_runner(
                App(self._client, settings.github_app_id, settings.private_key()), reached
            )
        self.health = Health(settings, self.store, self.pool, self._identity)
        self.webhook = Webhook(settings, Inbox(self.store, self._wake, reached), self.metrics)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Migrate the database, then work until the end of the block. Raise AlreadyRunning or DatabaseDamaged."""
        with self._only_server():
            await asyncio.to_thread(self._prepare)
            async with self._client:
                tasks = [asyncio.create_task(work) for work in self._background()]
                for task in tasks:
                    task.add_done_callback(_end_with)
                yield
                if self._runner is not None:
                    await self._runner.stop()
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
            await asyncio.to_thread(self._close)

    def _build_runner(self, app: App, reached: Callable[[str], None]) -> Runner:
        settings = self.settings
        self._identity = Identity(app, settings.github_api_url)
        tools = self._tools = Tools(
            app=app,
            store=self.store,
            identity=self._identity,
            pool=self.pool,
            writer=Writer(self.store, pacing=settings.skillaudit_pace_writes, on_pause=self.metrics.record_pause),
            cache=FileCache(settings.skillaudit_data_dir / FACTS_FILE),
            trees=TreeCache(),
            requirements=BranchRequirements(),
            settings=settings,
            metrics=self.metrics,
            threads=self._threads,
            reached=reached,
        )
        dispatcher = Dispatcher(self.store, Inquiries(tools, ENGINE_VERSION), ENGINE_VERSION, self.store.clock)
        owner = secrets.token_hex(8)
        if settings.skillaudit_reconcile_seconds:
            self._reconciler = Reconciler(tools, owner, self._wake, self.store.clock)
        holder = queue.Holder(owner, settings.skillaudit_lease_seconds)
        slots = Slots(self.store, Reviewer(tools), self.metrics, holder, settings.skillaudit_reviews)
        return Runner(self.store, dispatcher, slots, self.metrics)

    def _prepare(self) -> None:
        damage = self.store.damage()
        if damage:
            log.critical("the database is damaged, restore a backup", database=self.store.url.database, damage=damage)
            raise DatabaseDamaged(damage)
        self.store.migrate()
        if self.store.is_sqlite:
            with self.store.transaction() as session:
                queue.void_leases(session)
                void_turns(session)
        if self.settings.skillaudit_reviews:
            self.pool.start()

    def _background(self) -> Iterator[Coroutine[None, None, None]]:
        if self._runner is not None and self._identity is not None:
            yield self._identity.establish()
            yield self._runner.run()
            yield Retention(self.store, self.settings).run()
        if self._tools is not None:
            yield watch_uploads(self._tools)
        if self._reconciler is not None:
            yield self._reconciler.run()

    def _wake(self) -> None:
        if self._runner is not None:
            self._runner.wake()

    def _close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        self.pool.close()
        self.store.close()

    @contextlib.contextmanager
    def _only_server(self) -> Iterator[None]:
        database = self.store.url.database
        if not self.store.is_sqlite or not database:
            yield
            return
        lock_file = Path(f"{database}.lock")
        lock_file.parent.mkdir(parents=True, exist_ok=True)
        with lock_file.open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                log.critical("another server works on this database", database=database)
                raise AlreadyRunning(f"another server works on {database}") from error
            yield


def _end_with(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        # A server that answers webhooks and never reviews is worse than one that is started again.
        log.critical("the server cannot go on", exc_info=task.exception())
        signal.raise_signal(signal.SIGTERM)
