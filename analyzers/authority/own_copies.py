"""Servers of one machine that only keep, in files of their own, what they fetched from where anybody can read it."""

from collections.abc import Collection

from analyzers.authority.forms import is_on_the_internet
from analyzers.authority.rows import Row
from analyzers.authority.servers import ServerState
from analyzers.flow.effects import Effect
from analyzers.flow.labels import is_arguments
from analyzers.flow.operands import PATH
from analyzers.frameworks import sinks

WRITES = sinks.RANKS["write"]
# What writes to files, and to databases that are files.
LOCAL = ("builtins.open", "pathlib.", "os.", "shutil.", "aiofiles.", "sqlite3.", "aiosqlite.")
# What a caller wrote of a path, as it was written.
UNCHANGED = "p"


def keeps_copies(state: ServerState, rows: Collection[Row]) -> bool:
    """Tell whether the worst that entry points of a server do is to write to folders of its own, on one machine.

    It asks nobody who they are, and at least one of them reads from the internet what needs no credential.
    """
    if state.bind != "loopback" or state.authentication:
        return False
    public = any(not effect.credentials and is_on_the_internet(effect) for row in rows for effect in row.effects)
    return public and all(row.rank < WRITES or _writes_own(row) for row in rows)


def _writes_own(row: Row) -> bool:
    written = [effect for effect in row.effects if effect.rank >= WRITES]
    return row.rank == WRITES and row.sure and bool(written) and all(map(_is_own, written))


def _is_own(effect: Effect) -> bool:
    if effect.credentials or not effect.name.startswith(LOCAL):
        return False
    paths = [operand.shape for operand in effect.operands if operand.role == PATH]
    return not any(label[0] == UNCHANGED or is_arguments(label) for shape in paths for label in shape[0].labels)
