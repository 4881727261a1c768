"""Where a program takes up the token that its caller came with, on the way to what it is handed on to."""

from collections.abc import Iterator
from typing import NamedTuple

from analyzers.authority.exposure import reached_by
from analyzers.authority.passage import passed_functions
from analyzers.authority.rows import Row
from analyzers.evidence.handed_tokens import CARRIED, handed_on
from analyzers.evidence.own_clients import makes_sender
from analyzers.evidence.swapped_tokens import Swap, SwapReader
from analyzers.evidence.token_modes import MAX_FUNCTIONS, modes_before
from analyzers.finding import Evidence
from analyzers.flow.effects import Effect
from analyzers.flow.labels import BEARER, NONE
from analyzers.flow.summaries import Flow
from analyzers.project.program import Function
from analyzers.rule import Analysis

OWN = "env:"


class Taken(NamedTuple):
    """A value that is the caller's token, or holds it and little else, in a function that passes it to another."""

    function: Function
    value: int
    labels: int


class Use(NamedTuple):
    """A request of an entry point that carries its caller's token, which is `seen` or does so by what others do.

    `modes` is how many other modes of the process have to be off for it.
    """

    row: Row
    effect: Effect
    target: str
    swap: Swap
    seen: bool = True
    modes: int = 0


def uses(analysis: Analysis) -> Iterator[tuple[Taken | None, list[Use]]]:
    """Yield the requests that carry a caller's token, those together for which one helper takes it up."""
    tokens, swaps = TakenTokens(analysis.flow), SwapReader(analysis)
    shared: dict[tuple[str, Taken], list[Use]] = {}
    for row in analysis.rows:
        carrying = handed_on(row)
        taken, modes = (tokens.of(row), tokens.modes(row)) if carrying else (None, 0)
        for use in _uses(swaps, row, carrying, modes):
            if tokens.is_elsewhere(row, use.effect):
                continue
            if taken is None:
                yield None, [use]
            else:
                shared.setdefault((reached_by(row).id, taken), []).append(use)
    for (server, taken), found in shared.items():
        seen = {use.row.key for use in found}
        others = (row for row in analysis.rows if reached_by(row).id == server and row.key not in seen)
        # What is made of the token there serves them as well, whatever is seen of what they ask for with it.
        also = [
            found[0]._replace(row=row, seen=False, modes=tokens.modes(row))
            for row in others
            if row.is_remote and tokens.of(row) == taken
        ]
        alone = len(seen) + len(also) == 1
        yield (None if alone else taken), [*found, *also]


def _uses(swaps: SwapReader, row: Row, carrying: dict[str, Effect], modes: int) -> Iterator[Use]:
    for target, effect in carrying.items():
        swap = swaps.of(row, effect)
        # What a proxy tells of is the token of the service behind it, not the one that was presented.
        if swap is not Swap.ALWAYS or effect.credentials & CARRIED != {BEARER}:
            yield Use(row, effect, target, swap, modes=modes)


def evidence_of(use: Use) -> Iterator[Evidence]:
    """Yield the steps from an entry point to a request that carries its caller's token."""
    row, effect, target, swap, *_ = use
    for via in effect.via[:6]:
        yield Evidence(via.path, via.line, f"called by {row.title}")
    note = f"{effect.method or effect.kind} {target} with the inbound token"
    yield Evidence(effect.place.path, effect.place.line, note)
    signed_in = row.state.authenticated_at
    if swap is not Swap.NEVER and signed_in is not None:
        note = f"unless `{row.state.authentication}` signs callers in, whose token is then the service's own"
        yield Evidence(signed_in.path, signed_in.line, note)


class TakenTokens:
    """Finds the place for entry points; what a function does is found once."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._known: dict[str, Taken | None] = {}

    def of(self, row: Row) -> Taken | None:
        """Return the place that a call passes, None where the entry point takes the token up itself or none is seen."""
        best = self._anywhere(row)
        return best if best is not None and best.function not in (row.entry.handler, row.entry.inner) else None

    def is_elsewhere(self, row: Row, effect: Effect) -> bool:
        """Tell whether others give the token to what sends a request, which a call makes for itself without one.

        What a class keeps in a field is told of all objects of it together.
        """
        if self._anywhere(row) is not None:
            return False
        passed = passed_functions(self._flow, row, MAX_FUNCTIONS)
        return makes_sender(self._flow, passed, effect) and not any(map(self._keeps, passed))

    def _keeps(self, function: Function) -> bool:
        """Tell whether a function stores a token: `session.headers["Authorization"] = token`."""
        return any(event.kind == "store" and self._is_token(function, event.value) for event in function.facts.events)

    def _is_token(self, function: Function, value: int) -> bool:
        """Tell whether a value carries a caller's token, and no credential of the program as well."""
        labels = self._flow.labeler.labels(function, value) if value >= 0 else NONE
        return not labels.isdisjoint(CARRIED) and not any(label.startswith(OWN) for label in labels)

    def modes(self, row: Row) -> int:
        """Return how many other modes of the process have to be off for a call to take the token up."""
        taken = self._anywhere(row)
        return modes_before(self._flow, row, taken.function, taken.value) if taken is not None else 0

    def _anywhere(self, row: Row) -> Taken | None:
        passed = passed_functions(self._flow, row, MAX_FUNCTIONS)
        found = [taken for function in passed if (taken := self._taken(function)) is not None]
        return min(found, key=lambda taken: taken.labels, default=None)

    def _taken(self, function: Function) -> Taken | None:
        if function.id not in self._known:
            best = min(self._candidates(function), key=lambda taken: (taken.labels, taken.value), default=None)
            self._known[function.id] = best._replace(value=self._put(function, best.value)) if best else None
        return self._known[function.id]

    def _put(self, function: Function, value: int) -> int:
        """Return what is put into a table that is made without the token, the value itself where none is."""
        node = function.facts.values[value]
        if node.op != "map" or any(self._carries(function, item) for item in node.args[1::2]):
            return value
        stored = (event for event in function.facts.events if event.kind == "store" and event.target >= 0)
        put = (event.value for event in stored if function.facts.values[event.target].args[:1] == (value,))
        return next((item for item in put if self._carries(function, item)), value)

    def _carries(self, function: Function, value: int) -> bool:
        return value >= 0 and not CARRIED.isdisjoint(self._flow.labeler.labels(function, value))

    def _candidates(self, function: Function) -> Iterator[Taken]:
        for event in function.calls():
            for value in function.facts.values[event.value].args[1:]:
                if value >= 0 and function.facts.values[value].op != "param" and self._is_token(function, value):
                    yield Taken(function, value, len(self._flow.labeler.labels(function, value)))
