"""What a change did to the rows that were there before, as rules about changes see it."""

from collections.abc import Iterator, Mapping

import msgspec

from analyzers.authority.causes import Causes, Spot
from analyzers.authority.compare import AUTHORIZATION_ORDER, COLUMNS, Direction, direction
from analyzers.authority.rows import Row
from analyzers.finding import ToolRow

AUTHORIZED = AUTHORIZATION_ORDER["uniform"]
CHANGING = 2


class RowChange(msgspec.Struct, frozen=True):
    """A row of the head with its partner in the base, and which columns differ in which direction."""

    before: Row
    after: Row
    shown_before: ToolRow
    shown_after: ToolRow
    directions: dict[str, Direction]

    def is_worse(self, column: str) -> bool:
        """Tell whether a column got worse."""
        return self.directions.get(column) == "worse"


class Changes(msgspec.Struct, frozen=True):
    """The rows that both trees have and that differ.

    `explained` are the keys of rows of which another rule already says why their authorization does not hold any more,
    `explanations` the changed lines at which it says so.
    """

    rows: tuple[RowChange, ...]
    causes: Causes
    explained: frozenset[str] = frozenset()
    explanations: frozenset[tuple[str, int]] = frozenset()

    def cause(self, change: RowChange, column: str) -> Spot | None:
        """Return the changed line behind the difference of a column."""
        return self.causes.of(change.before, change.after, column, worse=change.is_worse(column))

    def is_explained(self, change: RowChange, spot: Spot | None) -> bool:
        """Tell whether another rule says of a row, or of the same changed lines, what is wrong there."""
        if change.after.key in self.explained:
            return True
        return spot is not None and any(self.causes.is_one_change(spot, *place) for place in self.explanations)


def changed_rows(
    before: Mapping[str, Row],
    after: Mapping[str, Row],
    shown: Mapping[str, tuple[ToolRow, ToolRow]],
) -> Iterator[RowChange]:
    """Yield the pairs that differ; `shown` holds the public rows of base and head by the head's key."""
    for key, (first, second) in shown.items():
        directions = {column: found for column in COLUMNS if (found := direction(first, second, column)) is not None}
        if directions and key in after and first.key in before:
            yield RowChange(before[first.key], after[key], first, second, directions)


def lost_column(row: RowChange) -> str:
    """Return the column in which a row that callers reach lost protection, "" when it lost none."""
    before, after = row.before, row.after
    if ignores_switch(row):
        return "authorization"
    if not (before.is_remote and after.is_remote):
        return ""
    if row.is_worse("authentication"):
        return "authentication"
    had = AUTHORIZATION_ORDER[before.authorization.kind] >= AUTHORIZED
    known = after.authorization.kind != "unresolved"
    return "authorization" if row.is_worse("authorization") and had and known else ""


def ignores_switch(row: RowChange) -> bool:
    """Tell whether something that a switch of the process kept from changing anything does so now, whoever calls."""
    if row.before.authorization.kind != "mode_gate" or row.after.authorization.kind != "none":
        return False
    changing = [effect for effect in row.after.effects if effect.rank >= CHANGING]
    return any(all(guard.kind != "mode" for guard in effect.guards) for effect in changing)
