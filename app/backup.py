"""A copy of the SQLite database while servers use it."""

import contextlib
import os
import sqlite3
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from app.settings import Settings


class BackupFailed(Exception):
    """There is no copy; the text says why."""


def back_up(settings: Settings, target: Path) -> int:
    """Copy the database into a file, which appears when it is whole; return its size in bytes. Raise BackupFailed."""
    source = _source(settings)
    partial = target.with_name(f"{target.name}.partial")
    try:
        _copy(source, partial)
        os.replace(partial, target)  # noqa: PTH105  # over whatever an earlier backup left
    except (sqlite3.Error, OSError) as error:
        raise BackupFailed(f"{source} cannot be copied to {target}: {error}") from error
    finally:
        partial.unlink(missing_ok=True)
    return target.stat().st_size


def _source(settings: Settings) -> Path:
    try:
        url = make_url(settings.database_url)
    except ArgumentError as error:
        raise BackupFailed("DATABASE_URL is not understood") from error
    if url.get_backend_name() != "sqlite":
        raise BackupFailed("DATABASE_URL names a database server: pg_dump backs it up")
    source = Path(url.database or "")
    if not source.is_file():
        raise BackupFailed(f"{source} does not exist")
    return source


def _copy(source: Path, target: Path) -> None:
    target.unlink(missing_ok=True)
    # SQLite's own way of copying sees one moment of the database, whatever is written meanwhile.
    with contextlib.closing(sqlite3.connect(source)) as running, contextlib.closing(sqlite3.connect(target)) as copy:
        running.backup(copy)
        # A copy that needs no other file beside it.
        copy.execute("PRAGMA journal_mode=DELETE")
        (found,) = copy.execute("PRAGMA integrity_check(1)").fetchone()
    if found != "ok":
        raise BackupFailed(f"{source} is damaged: {found}")
