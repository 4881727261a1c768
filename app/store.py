"""The database: one transaction at a time that is durable before anyone is told so."""

import asyncio
import contextlib
import contextvars
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, TypeVar

import alembic.command
import alembic.config
from sqlalchemy import URL, Connection, Engine, event, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry
from sqlmodel import Session, create_engine

from app import postgres

T = TypeVar("T")
MIGRATIONS: Final = Path(__file__).parent / "migrations"
BUSY_SECONDS: Final = 5
POSTGRES_THREADS: Final = 8
_PRAGMAS: Final = (
    "journal_mode=WAL",
    # NORMAL can lose the last commits at a power loss, and GitHub never sends an event again by itself.
    "synchronous=FULL",
    "foreign_keys=ON",
    f"busy_timeout={BUSY_SECONDS * 1000}",
)


class Store:
    """The database by its SQLAlchemy address, SQLite or Postgres."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url.replace("postgres://", "postgresql://", 1))
        # The time that leases are measured in.
        self.clock: Callable[[], float] = time.time
        # SQLite makes whoever finds it locked sleep for up to 100 ms; a queue of our own lets them wait no longer.
        self._threads = ThreadPoolExecutor(1 if self.is_sqlite else POSTGRES_THREADS, thread_name_prefix="database")
        if self.is_sqlite:
            self._engine = _sqlite(self.url)
        else:
            self.url, self.clock = postgres.driver_url(self.url), postgres.DatabaseClock()
            self._engine = postgres.connect(self.url, self.clock)

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is a file of one machine."""
        return self.url.get_backend_name() == "sqlite"

    @contextlib.contextmanager
    def transaction(self, *, alone: bool = True) -> Iterator[Session]:
        """Yield a session; commit it at the end, roll it back on an error. Raise sqlalchemy.exc.SQLAlchemyError.

        Transactions run one at a time. One that only touches a row it has locked need not be `alone` on Postgres.
        """
        with Session(self._engine, expire_on_commit=False) as session, session.begin():
            if alone:
                self._wait_for_turn(session.connection())
            yield session

    async def run(self, work: Callable[[Session], T], *, alone: bool = True) -> T:
        """Do some work in a transaction of its own, off the event loop."""
        context = contextvars.copy_context()
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, lambda: context.run(self._run, work, alone))

    def migrate(self, revision: str = "head") -> None:
        """Bring the tables to this version's shape, creating what is missing."""
        if self.is_sqlite and self.url.database:
            Path(self.url.database).parent.mkdir(parents=True, exist_ok=True)
        config = alembic.config.Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        with self._engine.connect() as connection, self._loose(connection), connection.begin():
            # Of servers that start together one migrates, and the others find it done.
            self._wait_for_turn(connection)
            config.attributes["connection"] = connection
            alembic.command.upgrade(config, revision)

    def check(self) -> None:
        """Prove that the database can be written. Raise sqlalchemy.exc.SQLAlchemyError."""
        with self._engine.begin() as connection:
            connection.execute(text("UPDATE review SET step = step WHERE id = ''"))

    def damage(self) -> str:
        """Return what is wrong with a SQLite file, "" for nothing. Raise sqlalchemy.exc.SQLAlchemyError."""
        if not self.is_sqlite or not self.url.database or not Path(self.url.database).exists():
            return ""
        with self._engine.connect() as connection:
            found = str(connection.exec_driver_sql("PRAGMA quick_check(1)").scalar())
        return "" if found == "ok" else found

    def close(self) -> None:
        """Finish what is under way and close the connections."""
        self._threads.shutdown()
        self._engine.dispose()

    def _run(self, work: Callable[[Session], T], alone: bool) -> T:
        with self.transaction(alone=alone) as session:
            return work(session)

    @contextlib.contextmanager
    def _loose(self, connection: Connection) -> Iterator[None]:
        """Keep SQLite, which alters a table by replacing it, from deleting what refers to the old one."""
        driver = connection.connection.driver_connection
        if not self.is_sqlite or driver is None:
            yield
            return
        driver.execute("PRAGMA foreign_keys=OFF")
        try:
            yield
        finally:
            driver.execute("PRAGMA foreign_keys=ON")

    def _wait_for_turn(self, connection: Connection) -> None:
        # SQLite's transactions have waited when they begin.
        if not self.is_sqlite:
            postgres.wait_for_turn(connection)


def _sqlite(url: URL) -> Engine:
    # Errors are logged, and what people wrote is none of the logs' business.
    options = {"check_same_thread": False, "timeout": BUSY_SECONDS}
    engine = create_engine(url, connect_args=options, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def set_pragmas(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        # Python's driver would begin transactions by itself, too late and never immediately.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in _PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A transaction that reads first and writes later cannot wait for the lock; one that begins with it can.
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine
