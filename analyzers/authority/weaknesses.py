"""Why a check that was written does not hold: what stands in a row's code where its authorization should be.

Asked only of rows that nothing authorizes: a check is passed where there is no identity or an error (`open`), or is
none for another reason (`void`).
"""

from collections.abc import Iterable

import msgspec

from analyzers.authority.passage import passed_functions
from analyzers.authority.rows import Row
from analyzers.authority.weak_functions import in_function, is_own
from analyzers.authority.weak_registrations import above_registration, at_registration
from analyzers.authority.weakness import Weakness
from analyzers.flow.summaries import Flow
from analyzers.project.program import Function


class Weaknesses:
    """Finds why checks do not hold; what was found in a function is kept for the other tools that run it."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self._rows: dict[int, Weakness | None] = {}
        self._functions: dict[str, tuple[Weakness, ...]] = {}

    def of(self, row: Row) -> Weakness | None:
        """Return why the checks on the way to a row's effects do not hold, None where there is no check at all."""
        if id(row) not in self._rows:
            self._rows[id(row)] = self._find(row)
        return self._rows[id(row)]

    def _find(self, row: Row) -> Weakness | None:
        handler = row.entry.handler
        if handler is None:
            return None
        found = [*at_registration(self.flow, row), *above_registration(self.flow, row, handler)]
        for function in passed_functions(self.flow, row):
            found.extend(self._within(row, function))
        found.sort(key=lambda item: (item.kind != "open", item.passed_on))
        return found[0] if found else None

    def _within(self, row: Row, function: Function) -> Iterable[Weakness]:
        if is_own(row, function):
            shared = function is not row.entry.handler
            return [msgspec.structs.replace(item, shared=shared) for item in in_function(self.flow, row, function)]
        if function.id not in self._functions:
            found = in_function(self.flow, row, function)
            self._functions[function.id] = tuple(msgspec.structs.replace(item, shared=True) for item in found)
        return self._functions[function.id]
