"""Which database a test works on: its directory says so."""

from pathlib import Path

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
