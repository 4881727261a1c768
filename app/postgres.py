"""Postgres, for many machines: one writer at a time, as on SQLite, and one clock."""

import time
from typing import Final

from sqlalchemy import URL, Connection, Engine, event, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry
from sqlmodel import create_engine

# Any number that nobody else on the database uses for the same purpose.
_WRITER: Final = 0x536B696C
# As long as a machine that stops amid a transaction may hold up the others.
_LIMITS: Final = "-c lock_timeout=5s -c statement_timeout=15s -c idle_in_transaction_session_timeout=10s"
# How every connection is made.
CONNECTION: Final = {"connect_timeout": 5, "options": _LIMITS, "application_name": "skillaudit"}


class DatabaseClock:
    """The database's time, the same on all machines; between two looks at it our own clock only counts on."""

    def __init__(self) -> None:
        self._offset = time.time() - time.monotonic()

    def __call__(self) -> float:
        """Return the seconds since the epoch."""
        return time.monotonic() + self._offset

    def read(self, connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        """Set the clock by the database's."""
        cursor = connection.cursor()
        cursor.execute("SELECT extract(epoch FROM clock_timestamp())::float8")
        ((now,),) = cursor.fetchall()
        cursor.close()
        connection.rollback()
        self._offset = float(now) - time.monotonic()


def driver_url(url: URL) -> URL:
    """Return an address of Postgres with the driver that we have, however the database's host writes it."""
    return url.set(drivername="postgresql+psycopg")


def connect(url: URL, clock: DatabaseClock) -> Engine:
    """Make an engine whose connections survive restarts of the database and set the clock."""
    engine = create_engine(
        url,
        pool_pre_ping=True,
        # Also how often the clock is set.
        pool_recycle=60,
        connect_args=CONNECTION,
        hide_parameters=True,
    )
    event.listen(engine, "connect", clock.read)
    return engine


def wait_for_turn(connection: Connection) -> None:
    """Let one transaction at a time go on, as `BEGIN IMMEDIATE` does on SQLite; the end of it lets the next."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:writer)"), {"writer": _WRITER})
