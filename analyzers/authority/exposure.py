"""Tools that answer callers whom nothing verifies, and the server that these connect to."""

from analyzers.authority.rows import Row
from analyzers.project.servers import Server, served_by


def is_exposed(row: Row) -> bool:
    """Tell whether a tool answers callers whom nothing verifies."""
    return (
        row.entry.kind == "tool"
        and row.is_remote
        and (not row.state.authenticates(row.entry) or row.state.open_by_default)
        and not row.state.ignored_authentication
        and row.rank >= 1
        and row.authorization.kind in ("none", "mode_gate", "unresolved")
    )


def reached_by(row: Row) -> Server:
    """Return the server that callers connect to: of one that is mounted the one that it is mounted into."""
    return next(iter(served_by(row.entry.server)), row.entry.server)
