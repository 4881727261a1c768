"""Conditions on a destination that hold unless a switch is set or an error is swallowed.

`if not allow_private: validate(url)` bounds a request as long as an operator leaves the switch alone: its guards carry
the switch as their claim, and a guard `switch` of that claim says what decides it. `try: validate(url)` with a handler
that goes on bounds nothing: an address that makes the check fail passes it.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from analyzers.flow.conditions import GuardReader, is_about
from analyzers.flow.destinations import PASSED_BY_ERROR, UNLISTED
from analyzers.flow.guards import PROVED, Guard, Guards, Place, checked_each, intersection, is_local
from analyzers.flow.labels import Labels, is_chosen
from analyzers.flow.literal_addresses import as_resolved
from analyzers.flow.optional_proofs import given_with, left_out, others, proofs, unless_switched
from analyzers.flow.passed_by import CONDITIONS, Conditions, before, denying, ending, way_to
from analyzers.project.program import Function

SWITCHES = frozenset({"attr", "param", "free", "name", "import", "phi"})
EQUALITIES = ("==", "!=", "is", "is not")
CONSTANTS = frozenset({"str", "number", "bool", "none"})
LISTS = frozenset({"hosts", "domains", "origins", "urls", "hostnames", "list"})
UNRESOLVABLE = ("socket.gaierror", "socket.herror")


class Case(NamedTuple):
    """One way out of a function: what holds there, and the last event certain to have completed."""

    guards: Guards
    after: int


class OptionalReader:
    """Reads what a point owes to events that not every path to it passes."""

    def __init__(self, guards: GuardReader) -> None:
        self.guards = guards
        self._known: dict[str, Conditions] = {}
        self._before: defaultdict[str, dict[int, dict[Guard, Place]]] = defaultdict(dict)
        self._handlers: dict[str, tuple[int, ...]] = {}
        self._denials: dict[str, frozenset[int]] = {}

    def forget(self, function: Function) -> None:
        """Drop what is known of a function, because a summary that it uses changed."""
        self._known.pop(function.id, None)
        self._before.pop(function.id, None)

    def trim(self) -> None:
        """Drop what is known of points, which can be found again."""
        self._before.clear()

    def before(self, function: Function, index: int) -> dict[Guard, Place]:
        """Return the conditions on destinations that optional events establish before an event."""
        early = self.guards.summaries.underway.early
        conditions = self._conditions(function)
        if not 0 <= conditions.first < index:
            return {}
        known = self._before[function.id]
        found = known.get(index)
        if found is None:
            found = self._established(function, conditions, index)
            if self.guards.summaries.is_kept(function, early):
                known[index] = found
        return found

    def _established(self, function: Function, conditions: Conditions, index: int) -> dict[Guard, Place]:
        events = function.facts.events
        dominator = events[index].dominator if index < len(events) else function.facts.falls
        certain = list(before(function, dominator))
        passed = set(certain)
        found: dict[Guard, Place] = {}
        for position in conditions.apart(events, certain, passed, index):
            path = way_to(function, position, passed)
            if path:
                guards = conditions.guards[position]
                found.update(self._restated(function, path, others(guards), passed, index))
                proved = proofs(guards)
                found.update(self._proved(function, path, proved) if proved else {})
        return found

    def joined(self, function: Function, cases: Sequence[Case], *, answers: bool = False) -> dict[Guard, Place]:
        """Return what holds in every case, and what does unless a case is taken that a switch or an error opens.

        A function that `answers` tells its caller of an error. A case without a request concerns no remote caller.
        """
        cases = [case for case in cases if not is_local(case.guards)] or cases
        restated = as_resolved([case.guards for case in cases])
        cases = [case._replace(guards=guards) for case, guards in zip(cases, restated, strict=True)]
        found = checked_each([case.guards for case in cases])
        found.update(unless_switched(function, cases, found, self.switch))
        # What every way asks, as the scheme, tells nothing of what one of them leaves out.
        open_ways = [_on_destinations(case.guards).keys() <= found.keys() for case in cases]
        strict = [case for case, is_open in zip(cases, open_ways, strict=True) if not is_open]
        loose = [case for case, is_open in zip(cases, open_ways, strict=True) if is_open]
        if not strict or not loose:
            return found
        common = intersection([_on_destinations(case.guards) for case in strict])
        certain = {index for case in strict for index in before(function, case.after)}
        for case in loose:
            own = [index for index in reversed(list(before(function, case.after))) if index not in certain]
            handlers = [index for index in own if function.facts.events[index].kind == "swallow"]
            if handlers and (answers or any(self._is_unresolvable(function, index) for index in handlers)):
                return {**found, **common} if not answers else found
            if handlers:
                return {**found, **self._passed_by_error(function, handlers[0], common)}
            if own and self._is_empty(function, own[0], common):
                found.update(common)
                continue
            if own and self._lists_nothing(function, own[0]):
                return {**found, **self._unlisted(function, own[0], common)}
            switch = self.switch(function, own[0]) if own else None
            if switch is None:
                return found
            found.update(left_out(common, *switch))
        return found

    def _is_empty(self, function: Function, index: int, conditions: Guards) -> bool:
        """Tell whether a way is taken with nothing but an empty text, to which the conditions on it do not matter."""
        event = function.facts.events[index]
        if event.kind not in CONDITIONS:
            return False
        empty = self.guards.empty_texts(function, event.value, event.kind == "true")
        return bool(empty) and all(is_about(_of_callers(guard), empty) for guard in conditions)

    def _is_given(self, function: Function, index: int, conditions: Guards) -> bool:
        """Tell whether a way is only left out with nothing at all, or an empty text, in place of what is tested."""
        event = function.facts.events[index]
        if event.kind not in CONDITIONS or _on_destinations(self.guards.established(function, event)):
            return False
        node = function.facts.values[event.value]
        empty = self.guards.empty_texts(function, event.value, event.kind != "true")
        if node.op == "compare" and node.text in ("is", "is-not") and (node.text == "is-not") == (event.kind == "true"):
            values = [part for part in node.args if function.facts.values[part].op != "none"]
            empty = self.guards.labeler.union(function, values) if len(values) == 1 else frozenset()
        return bool(empty) and all(is_about(_of_callers(guard), empty) for guard in conditions)

    def _lists_nothing(self, function: Function, index: int) -> bool:
        """Tell whether a way is taken where a list of what is allowed has no entry, as it may have by default."""
        event = function.facts.events[index]
        if event.kind not in CONDITIONS:
            return False
        truth, node = event.kind == "true", function.facts.values[event.value]
        while node.op == "not":
            truth, node = not truth, function.facts.values[node.args[0]]
        words = node.text.rpartition("|")[2].lower().split("_")
        return not truth and node.op in ("attr", "name", "free", "param") and words[-1] in LISTS and "allowed" in words

    def _unlisted(self, function: Function, index: int, guards: Guards) -> dict[Guard, Place]:
        place = self.guards.place(function, function.facts.events[index].start)
        return {guard._replace(note=UNLISTED): place for guard in guards}

    def _conditions(self, function: Function) -> Conditions:
        known = self._known.get(function.id)
        if known is None:
            events = function.facts.events
            branches = any(event.kind in ("true", "false", "swallow") for event in events)
            early = self.guards.summaries.underway.early
            guards = {
                index: {**found, **_of_kind(self.guards.established(function, event), "switch")}
                for index, event in enumerate(events if branches else ())
                if event.dominator != -2 and (found := _optional(self.guards.established(function, event)))
            }
            known = Conditions(events, guards)
            if self.guards.summaries.is_kept(function, early):
                self._known[function.id] = known
        return known

    def _restated(
        self, function: Function, path: list[int], guards: Guards, certain: set[int], index: int
    ) -> dict[Guard, Place]:
        decided = {guard: place for guard, place in guards.items() if guard.kind == "switch"}
        conditions = {guard: place for guard, place in guards.items() if guard.kind != "switch"}
        if not conditions:
            return {}
        found = self._conditioned(function, path, conditions, certain, index)
        return {**found, **decided} if found else found

    def _proved(self, function: Function, path: list[int], guards: Guards) -> dict[Guard, Place]:
        """Return the proofs that a switch alone leaves out."""
        events, denials = function.facts.events, self._denials_of(function)
        undenied = {step for step in path if step not in denials and events[step].kind in CONDITIONS}
        if not undenied <= {path[0]}:
            return {}
        asked = self._on_switch(function, events[path[0]].value)
        # `if switch and token`, where a request without a token is refused before.
        asked = (
            given_with(function, path[0], lambda value: self._on_switch(function, value)) if asked is None else asked
        )
        return left_out(guards, *self._as_switch(function, path[0], asked)) if asked is not None else {}

    def _conditioned(
        self, function: Function, path: list[int], guards: Guards, certain: set[int], index: int
    ) -> dict[Guard, Place]:
        events = function.facts.events
        top = path[0]
        denials = self._denials_of(function)
        undenied = [step for step in path if step not in denials and events[step].kind in CONDITIONS]
        switch = self.switch(function, top) if len(path) > 1 else None
        # What is only left out where there is nothing to test is no switch.
        if switch is not None and not self._is_given(function, top, guards):
            return left_out(guards, *switch) if set(undenied) <= {top} else {}
        if not all(self._is_given(function, step, guards) for step in undenied):
            return {}
        joins = {*certain, -1}
        handlers = [
            position
            for position in self._handlers_of(function)
            if path[-1] < position < index and position not in certain and events[position].dominator in joins
        ]
        if not handlers:
            return dict(guards) if any(self._is_given(function, step, guards) for step in path) else {}
        if events[top].kind == "swallow":
            return {}
        if all(self._is_unresolvable(function, handler) for handler in handlers):
            return dict(guards)
        return self._passed_by_error(function, handlers[0], guards)

    def _denials_of(self, function: Function) -> frozenset[int]:
        """Return the outcomes of conditions whose other outcome ends the function."""
        known = self._denials.get(function.id)
        if known is None:
            known = self._denials[function.id] = frozenset(denying(function))
        return known

    def _handlers_of(self, function: Function) -> tuple[int, ...]:
        """Return the exception handlers that may go on."""
        known = self._handlers.get(function.id)
        if known is None:
            ended = ending(function)
            events = enumerate(function.facts.events)
            known = self._handlers[function.id] = tuple(
                index for index, event in events if event.kind == "swallow" and index not in ended
            )
        return known

    def _is_unresolvable(self, function: Function, handler: int) -> bool:
        """Tell whether a handler only meets names that do not resolve, to which nobody can connect either."""
        types = function.facts.events[handler].value
        names = [types] if types >= 0 else []
        if names and function.facts.values[types].op == "tuple":
            names = list(function.facts.values[types].args)
        resolver = self.guards.resolver
        return bool(names) and all(resolver.external(function, name) in UNRESOLVABLE for name in names)

    def _passed_by_error(self, function: Function, handler: int, guards: Guards) -> dict[Guard, Place]:
        place = self.guards.place(function, function.facts.events[handler].start)
        return {guard._replace(note=PASSED_BY_ERROR): place for guard in guards}

    def switch(self, function: Function, index: int) -> tuple[str, Guard, Place] | None:
        """Return the key of a condition that a process, not a call, decides, as a guard; None for another event."""
        event = function.facts.events[index]
        labels = self._on_switch(function, event.value) if event.kind in CONDITIONS else None
        return self._as_switch(function, index, labels) if labels is not None else None

    def asks_switch(self, function: Function, value: int) -> bool:
        """Tell whether a condition is one that a process, not a call, decides."""
        return self._on_switch(function, value) is not None

    def _as_switch(self, function: Function, index: int, labels: Labels) -> tuple[str, Guard, Place]:
        event = function.facts.events[index]
        key = f"{function.file.path}:{event.start}"
        return key, Guard("switch", key, labels), self.guards.place(function, event.start)

    def _on_switch(self, function: Function, value: int) -> Labels | None:
        """Return the labels of a condition that a process, not a call, decides, None for another."""
        node = function.facts.values[value]
        while node.op == "not":
            value, node = node.args[0], function.facts.values[node.args[0]]
        labels = self.guards.labeler.labels(function, value)
        compared = node.op == "compare" and node.text in EQUALITIES
        parts = [function.facts.values[part].op for part in node.args] if compared else [node.op]
        settled = all(op in SWITCHES or (compared and op in CONSTANTS) for op in parts)
        return labels if settled or (labels and all(label.startswith("env:") for label in labels)) else None


def _of_callers(guard: Guard) -> Guard:
    """Return a condition as one on what callers give, without what the server puts beside it."""
    return guard._replace(subject=frozenset(filter(is_chosen, guard.subject)))


def _on_destinations(guards: Guards) -> dict[Guard, Place]:
    return _of_kind(guards, "url", "listed")


def _optional(guards: Guards) -> dict[Guard, Place]:
    return _of_kind(guards, "url", "listed", PROVED)


def _of_kind(guards: Guards, *kinds: str) -> dict[Guard, Place]:
    return {guard: place for guard, place in guards.items() if guard.kind in kinds}
