"""What holds once a function has given a result of one kind, or a result with such a part.

`is_allowed(x)` speaks by being true, `error = check(x)` by being None, `allowed, reason = decide(x)` and
`decide(x)["allowed"]` by a part of what they return.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

from analyzers.flow.contained import either_contained
from analyzers.flow.found_entries import known_by
from analyzers.flow.guards import Guard, Guards, Place, Wanted
from analyzers.flow.optional import Case
from analyzers.flow.parts import KINDS, constant_kind, part_of
from analyzers.flow.records import fields_of
from analyzers.project.program import Function

if TYPE_CHECKING:
    from analyzers.flow.summaries import Flow

MAX_DEPTH = 4


class ResultReader:
    """Reads what holds in the cases in which a function gives a wanted result."""

    def __init__(self, flow: "Flow") -> None:
        self.flow = flow
        self._known: defaultdict[str, dict[Wanted, dict[Guard, Place]]] = defaultdict(dict)
        self._kinds: dict[tuple[str, int, str, int], tuple[str, ...]] = {}

    def forget(self, function: Function) -> None:
        """Drop what is known of a function, because a summary that it uses changed."""
        self._known.pop(function.id, None)

    def holding(self, function: Function, wanted: Wanted) -> dict[Guard, Place]:
        """Return what holds when a function gave the wanted result."""
        known = self._known[function.id]
        if wanted in known:
            return dict(known[wanted])
        early = self.flow.underway.early
        known[wanted] = {}
        found = known[wanted] = self._read(function, wanted)
        if not self.flow.is_kept(function, early):
            del known[wanted]
        return dict(found)

    def _read(self, function: Function, wanted: Wanted) -> dict[Guard, Place]:
        cases: list[Case] = []
        for index, event in enumerate(function.facts.events):
            if event.kind != "return":
                continue
            kinds = set(self.kinds(function, event.value, wanted.part, 0))
            if kinds and kinds.isdisjoint(KINDS[wanted.kind]):
                continue
            case = self.flow.case(function, index)
            if not kinds or not kinds.issubset(KINDS[wanted.kind]):
                case = case._replace(guards={**case.guards, **self._decided(function, event.value, wanted)})
            cases.append(case)
        if function.facts.falls != -2 and wanted.kind in ("none", "false") and not wanted.part:
            cases.append(self.flow.case(function, len(function.facts.events)))
        return {**either_contained([case.guards for case in cases]), **self.flow.optional.joined(function, cases)}

    def answers(self, function: Function) -> bool:
        """Tell whether a function's results are of different kinds: callers learn of what went wrong by them."""
        ends = [event.value for event in function.facts.events if event.kind == "return"]
        kinds = {constant_kind(function, value) or "" for value in ends}
        return len(kinds) > 1 or (bool(ends) and function.facts.falls != -2 and kinds != {"none"})

    def _decided(self, function: Function, value: int, wanted: Wanted) -> Guards:
        """A result (or a part of one) that is a condition, or that another function gave."""
        part = part_of(function, value, wanted.part) if wanted.part else value
        if part >= 0 and wanted.kind in ("true", "false"):
            return self.flow.guards.known(function, part, wanted.kind == "true")
        if value < 0:
            return {}
        entry = known_by(self.flow.guards, function, value) if wanted.kind == "some" and not wanted.part else {}
        return {**self.flow.guards.resulted(function, value, wanted), **entry}

    def kinds(self, function: Function, value: int, part: str, depth: int) -> tuple[str, ...]:
        """Return the kinds that a result (or a part of it) certainly is one of; nothing where that is not known."""
        key = (function.id, value, part, depth)
        if key not in self._kinds:
            self._kinds[key] = tuple(self._found(function, value, part, depth))
        return self._kinds[key]

    def _found(self, function: Function, value: int, part: str, depth: int) -> Iterator[str]:
        if part:
            held = part_of(function, value, part) if value >= 0 else -1
            if held >= 0:
                yield from self.kinds(function, held, "", depth)
                return
        elif (constant := constant_kind(function, value)) is not None:
            yield constant
            return
        node = function.facts.values[value] if value >= 0 else None
        if node is not None and node.op == "call" and part:
            yield from self._left(function, value, part)
        if node is not None and node.op in ("call", "await") and depth < MAX_DEPTH:
            yield from self._of_call(function, value, part, depth)

    def _left(self, function: Function, value: int, name: str) -> Iterator[str]:
        """Yield the kind of a field that a record is not given: that of its default."""
        node, resolver = function.facts.values[value], self.flow.resolver
        classes = [target.function for target in resolver.resolve(function, node.args[0]) if target.kind == "class"]
        if len(classes) != 1 or classes[0] is None or not set(node.names).isdisjoint(("", "*", "**")):
            return
        if name not in fields_of(resolver, classes[0]):
            return
        for owner in resolver.linearize(classes[0])[0]:
            for default in owner.facts.names.get(name, ()):
                kind = constant_kind(owner, default)
                yield from (kind,) if kind is not None else ()
                return

    def _of_call(self, function: Function, value: int, part: str, depth: int) -> Iterator[str]:
        node = function.facts.values[value]
        if node.op == "await":
            node = function.facts.values[node.args[0]]
        callees = self.flow.resolver.functions(function, node.args[0]) if node.op == "call" else ()
        found: set[str] = set()
        for callee, _ in callees:
            returned = [event.value for event in callee.facts.events if event.kind == "return"]
            each = [set(self.kinds(callee, result, part, depth + 1)) for result in returned]
            if not each or not all(each) or callee.facts.falls != -2 or callee.facts.is_generator:
                return
            found.update(*each)
        yield from sorted(found)
