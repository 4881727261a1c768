"""Grants that say that they are for reading, asked of callers of tools that do more."""

import re2

from analyzers.authority.harm import names_harm
from analyzers.authority.rows import Row
from analyzers.frameworks.deeds import says_change

READING = frozenset({"read", "reader", "readonly", "view", "viewer", "list", "get"})
MORE = frozenset(
    {"write", "writer", "admin", "manage", "delete", "all", "full", "edit", "editor", "owner", "readwrite"}
)
WRITES = 2
_WORD = re2.compile(r"[a-z]+")


def is_for_reading(grant: str) -> bool:
    """Tell whether a grant is named for reading and nothing else: `orders:read`, `viewer`."""
    words = set(_WORD.findall(grant.lower()))
    return not words.isdisjoint(READING) and words.isdisjoint(MORE)


def asks_for_reading(row: Row) -> bool:
    """Tell whether a tool that is named for what it changes runs for whoever holds a grant for reading."""
    return row.rank >= WRITES and row.sure and names_harm(row) and _holds_reading(row)


def reads_as_granted(row: Row) -> bool:
    """Tell whether a tool that is not named for changing anything runs for whoever holds a grant for reading."""
    return row.rank <= WRITES and _holds_reading(row) and not asks_for_reading(row) and not says_change(row.name)


def _holds_reading(row: Row) -> bool:
    grants = [grant for clause in row.requires for grant in clause]
    return bool(grants) and all(map(is_for_reading, grants))
