"""A cache of encoded facts in one SQLite file: bounded, shared by processes, rebuilt when it is damaged."""

import contextlib
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Protocol, TypeVar

MAX_BYTES = 512 * 1024 * 1024
BUSY_SECONDS = 2.0
BATCH = 500

SCHEMA = """
PRAGMA journal_mode = WAL;
CREATE TABLE IF NOT EXISTS facts (key TEXT PRIMARY KEY, data BLOB NOT NULL, used INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS facts_used ON facts (used);
"""

T = TypeVar("T")


class FactsCache(Protocol):
    """Encoded facts by key; what it loses is only read again."""

    def get(self, keys: Sequence[str]) -> dict[str, bytes]:
        """Return what is known of the keys."""

    def put(self, facts: Mapping[str, bytes]) -> None:
        """Keep encoded facts by key."""


class FileCache:
    """Facts in one SQLite file, the longest unused dropped when it grows over `max_bytes`.

    Safe to use from many threads and processes. A file that is no database any more is replaced by an empty one; where
    nothing can be written, nothing is kept.
    """

    def __init__(self, path: Path, max_bytes: int = MAX_BYTES) -> None:
        self.path = path
        self.max_bytes = max_bytes

    def get(self, keys: Sequence[str]) -> dict[str, bytes]:
        """Return what is known of the keys, and note that it was used."""
        return self._recovering(lambda connection: _get(connection, keys), {})

    def put(self, facts: Mapping[str, bytes]) -> None:
        """Keep encoded facts by key."""
        self._recovering(lambda connection: _put(connection, facts, self.max_bytes), None)

    def _recovering(self, work: Callable[[sqlite3.Connection], T], otherwise: T) -> T:
        try:
            with self._connection() as connection:
                return work(connection)
        except sqlite3.OperationalError:
            # Busy, full or read-only: the facts are read again, which is slower and just as right.
            return otherwise
        except sqlite3.DatabaseError:
            self._discard()
            return otherwise

    @contextlib.contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        with contextlib.suppress(OSError):
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        connection = sqlite3.connect(self.path, timeout=BUSY_SECONDS)
        try:
            connection.executescript(SCHEMA)
            with connection:
                yield connection
        finally:
            connection.close()

    def _discard(self) -> None:
        for suffix in ("", "-wal", "-shm"):
            with contextlib.suppress(OSError):
                self.path.with_name(self.path.name + suffix).unlink()


def _get(connection: sqlite3.Connection, keys: Sequence[str]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    stale: list[tuple[int, str]] = []
    now = _hour()
    for batch in _batches(keys):
        marks = ",".join("?" * len(batch))
        query = f"SELECT key, data, used FROM facts WHERE key IN ({marks})"  # noqa: S608
        for key, data, used in connection.execute(query, batch):
            found[key] = data
            if used < now:
                stale.append((now, key))
    if stale:
        connection.executemany("UPDATE facts SET used = ? WHERE key = ?", stale)
    return found


def _put(connection: sqlite3.Connection, facts: Mapping[str, bytes], max_bytes: int) -> None:
    now = _hour()
    rows = [(key, data, now) for key, data in facts.items()]
    connection.executemany("INSERT OR REPLACE INTO facts (key, data, used) VALUES (?, ?, ?)", rows)
    size = _size(connection)
    if size > max_bytes:
        _drop_oldest(connection, size - max_bytes // 2)


def _size(connection: sqlite3.Connection) -> int:
    pages, free, page_size = (
        connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * page_size)


def _drop_oldest(connection: sqlite3.Connection, surplus: int) -> None:
    oldest: list[tuple[str]] = []
    for key, size in connection.execute("SELECT key, length(data) FROM facts ORDER BY used"):
        if surplus <= 0:
            break
        oldest.append((key,))
        surplus -= size
    connection.executemany("DELETE FROM facts WHERE key = ?", oldest)


def _hour() -> int:
    # Coarse, so that a second run within the hour writes nothing.
    return int(time.time() // 3600)


def _batches(keys: Sequence[str]) -> Iterator[list[str]]:
    remaining = iter(keys)
    while batch := list(islice(remaining, BATCH)):
        yield batch
