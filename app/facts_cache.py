"""A cache of encoded facts in one SQLite file: bounded, shared by processes, thrown away when it is damaged."""

import contextlib
import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

MAX_BYTES = 512 * 1024 * 1024
BATCH = 500

SCHEMA = """
CREATE TABLE IF NOT EXISTS facts (
    key TEXT PRIMARY KEY, data BLOB NOT NULL, used INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS facts_used ON facts (used);
"""


class FactsCache(Protocol):
    """Encoded facts by key; what it loses is only read again."""

    def get(self, keys: Sequence[str]) -> dict[str, bytes]:
        """Return what is known of the keys."""

    def put(self, facts: Mapping[str, bytes]) -> None:
        """Keep encoded facts by key."""


class NullCache:
    """Keeps nothing."""

    def get(self, keys: Sequence[str]) -> dict[str, bytes]:
        """Return nothing."""
        return {}

    def put(self, facts: Mapping[str, bytes]) -> None:
        """Forget the facts."""
