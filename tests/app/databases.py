"""Which database a test works on: its directory says so."""

import functools
import tempfile
from pathlib import Path

from app.store import Store

_POSTGRES: dict[Path, str] = {}


def assign(directory: Path, address: str) -> None:
    """Let the test with this directory work on a database of Postgres."""
    _POSTGRES[directory] = address


def forget(directory: Path) -> None:
    """End what `assign` began."""
    _POSTGRES.pop(directory, None)


def configured(directory: Path) -> str:
    """Return the `DATABASE_URL` of a server under test, "" for the SQLite file of its own."""
    return _POSTGRES.get(directory, "")


def is_postgres(directory: Path) -> bool:
    """Tell whether the test with this directory works on Postgres."""
    return directory in _POSTGRES


def lay(path: Path) -> None:
    """Put a SQLite file with all tables, and nothing in them, where there is none yet."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_migrated())


@functools.cache
def _migrated() -> bytes:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "empty.db"
        store = Store(f"sqlite:///{path}")
        store.migrate()
        store.close()
        return path.read_bytes()
