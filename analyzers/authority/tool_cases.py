"""What a function that knows the name of the called tool makes hold for one tool: only that tool's way is followed.

`if name in PROTECTED: check(...)` and `needed = SCOPES.get(name)`, `if needed and needed not in token.scopes: raise`
guard the tools that they list and no other.
"""

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from analyzers.authority.tool_tables import ORDERS, Names, Tables
from analyzers.facts import Event
from analyzers.flow.comparisons import constants_of
from analyzers.flow.guards import FOR_TOOL, NOBODY, Guard, Guards, Place, intersection
from analyzers.flow.labels import TOOL, is_identity
from analyzers.flow.summaries import Flow
from analyzers.project.branches import subjects_of
from analyzers.project.program import Function
from analyzers.project.targets import taking

MAX_CALLS = 6
BRANCHES = ("true", "false")


class Scene(msgspec.Struct, frozen=True):
    """A function, and the values of it that are the name of the called tool."""

    function: Function
    names: Names

    def ends(self) -> Iterator[tuple[int, int]]:
        """Yield where it returns normally: the index of the event, and the value that is returned, -1 for None."""
        events = self.function.facts.events
        for index, event in enumerate(events):
            if event.kind == "return":
                yield index, event.value
        if self.function.facts.falls != -2:
            yield len(events), -1

    def before(self, index: int) -> int:
        """Return the last event that is certain before another, or before the end."""
        events = self.function.facts.events
        return events[index].dominator if index < len(events) else self.function.facts.falls


class ToolCase:
    """Follows functions as they run for the tool of one name."""

    def __init__(self, flow: Flow, name: str) -> None:
        self._flow = flow
        self._tables = Tables(flow.resolver, name)
        self._name = name
        self._scenes: dict[str, Scene] = {}
        # What comparisons with the name's entry in a table ask for, by where they stand.
        self._asked: dict[Place, frozenset[str]] = {}
        # Where ranks are compared with nothing, so that everybody passes.
        self._passed: set[Place] = set()
        self._depth = 0

    @property
    def decided(self) -> bool:
        """Whether the name made a difference so far."""
        return self._tables.decided

    def scene(self, function: Function, names: Iterable[int] = ()) -> Scene:
        """Return a function with the values that are the name: those given, and those that a hook knows it by."""
        labels = self._flow.labeler.labels
        values = enumerate(function.facts.values)
        known = (index for index, node in values if node.op in ("attr", "index", "call"))
        named = frozenset((*names, *(index for index in known if labels(function, index) == {TOOL})))
        scene = self._scenes[function.id] = Scene(function, named)
        return scene

    def entries(self) -> Iterator[tuple[Function, int]]:
        """Yield what the tables that the name was looked up in hold under it, as (function, value)."""
        yield from (place for place, is_own in self._entries() if is_own)

    def _entries(self) -> Iterator[tuple[tuple[Function, int], bool]]:
        for scene in list(self._scenes.values()):
            for table in self._tables.looked_up_in(scene.function, scene.names):
                for key, scope, value in self._tables.entries(scene.function, table) or ():
                    yield (scope, value), key == self._name

    def _is_missing(self) -> bool:
        """Tell whether the name is looked up in a table without an entry for it, which is an error: `TABLE[name]`."""
        return any(
            node.op == "index" and node.args[1] in scene.names and self._tables.is_missing(scene.function, node.args[0])
            for scene in self._scenes.values()
            for node in scene.function.facts.values
        )

    def narrowed(self, guards: Guards) -> dict[Guard, Place]:
        """Return guards that ask for the entry of whatever tool in a table as asking for that of this one."""
        guards = {guard: place for guard, place in guards.items() if guard.kind != "check" or place not in self._passed}
        own: set[str] = set()
        every: set[str] = set()
        for entry, is_own in self._entries():
            constants = constants_of(self._flow.guards, *entry)
            every |= constants
            own |= constants if is_own else frozenset()
        if not own and self._is_missing():
            own = {NOBODY}
        if not own or own == every:
            return dict(guards)
        found: dict[Guard, Place] = {}
        for guard, place in guards.items():
            looked_up = guard.subject & every or (guard.kind == "check" and place in self._asked)
            others = guard.subject - every - {TOOL}
            if not looked_up or others == guard.subject or (others and not guard.any_of):
                found[guard] = place
                continue
            asked = (self._asked.get(place) or frozenset(own)) | others
            found[guard._replace(subject=asked, note=guard.note or FOR_TOOL)] = place
        return found

    def may_check(self, scene: Scene) -> bool:
        """Tell whether a function that tells tools apart asks who calls, or hands the name on to one that may."""
        function, labels = scene.function, self._flow.labeler.labels
        return any(
            is_identity(labels(function, event.value))
            if event.kind in BRANCHES
            else event.kind == "call"
            and not scene.names.isdisjoint(function.facts.values[event.value].args[1:])
            and bool(self._flow.resolver.functions(function, function.facts.values[event.value].args[0]))
            for event in function.facts.events
        )

    def at(self, scene: Scene, index: int) -> dict[Guard, Place] | None:
        """Return what the name makes hold, beside what always does, when an event starts; None if it never does."""
        chain = list(scene.function.chain(scene.before(index)))
        if any(self._is_dead(scene, step) for step in chain):
            return None
        found: dict[Guard, Place] = {}
        for step in chain:
            established = self._established(scene, step)
            if established is None:
                return None
            found.update(established)
        shared = set(map(id, chain))
        spans = list(_skippable(scene.function.facts.events[:index]))
        for position, step in enumerate(scene.function.facts.events[:index]):
            if id(step) in shared or any(start <= position < end for start, end in spans):
                continue
            if self._is_certain(scene, step, shared):
                found.update(self._flow.guards.established(scene.function, step))
                found.update(self._established(scene, step) or {})
        return found

    def _is_dead(self, scene: Scene, step: Event) -> bool:
        """Tell whether a branch is one that this name never takes."""
        outcome = self._tables.decide(scene.function, scene.names, step.value) if step.kind in BRANCHES else None
        return outcome is not None and outcome != (step.kind == "true")

    def _is_certain(self, scene: Scene, step: Event, shared: set[int]) -> bool:
        """Tell whether an event that other names pass by has happened for this one."""
        apart = [other for other in scene.function.chain(step.dominator) if id(other) not in shared]
        if step.kind in BRANCHES:
            apart.append(step)
        opened = False
        for other in apart:
            if other.kind in ("swallow", "each"):
                return False
            if other.kind in BRANCHES:
                taken = self._tables.decide(scene.function, scene.names, other.value)
                opened = opened or taken is not None
                if taken is None and not refuses(scene.function, other):
                    return False
                if taken is not None and taken != (other.kind == "true"):
                    return False
        return opened

    # What one event makes hold for this name

    def _established(self, scene: Scene, step: Event) -> Guards | None:
        """Return what one event makes hold for this name, None where it never completes."""
        if step.kind in BRANCHES:
            return self._known(scene, step.value, step.kind == "true")
        return self._returned(scene, step) if step.kind == "call" else {}

    def _known(self, scene: Scene, value: int, truth: bool) -> Guards:
        """Return what holds when a condition is known, given what the name decides of its parts."""
        function = scene.function
        node = function.facts.values[value]
        if self._decide(scene, value) is not None:
            if node.op == "compare" and node.text in ORDERS:
                self._passed.add(self._flow.guards.place(function, node.start))
            return {}
        if node.op == "not":
            return self._known(scene, node.args[0], not truth)
        if node.op in ("and", "or"):
            open_parts = [part for part in node.args if self._decide(scene, part) is None]
            if truth == (node.op == "and") or len(open_parts) == 1:
                return {g: p for part in open_parts for g, p in self._known(scene, part, truth).items()}
            return self._flow.guards.either(function, open_parts, truth)
        if node.op in ("call", "await"):
            given = self._resulted(scene, value, truth)
            return {**self._flow.guards.known(function, value, truth), **given}
        if node.op == "compare":
            self._ask(scene, value)
        return self._flow.guards.known(function, value, truth)

    def _ask(self, scene: Scene, value: int) -> None:
        """Note what a comparison asks for, where a side of it is what a table holds under the name."""
        function = scene.function
        for part in function.facts.values[value].args:
            for scope, entry in self._tables.entry(function, scene.names, part):
                place = self._flow.guards.place(function, function.facts.values[value].start)
                self._asked[place] = self._asked.get(place, frozenset()) | constants_of(self._flow.guards, scope, entry)

    def _decide(self, scene: Scene, value: int) -> bool | None:
        return self._tables.decide(scene.function, scene.names, value)

    def _returned(self, scene: Scene, step: Event) -> Guards | None:
        """Return what holds because a function that was given the name came back, None where it never does."""
        return self._through(scene, step.value, is_awaited=step.text == "await", truth=None)

    def _resulted(self, scene: Scene, value: int, truth: bool) -> Guards:
        node = scene.function.facts.values[value]
        is_awaited = node.op == "await"
        call = node.args[0] if is_awaited else value
        if scene.function.facts.values[call].op != "call":
            return {}
        return self._through(scene, call, is_awaited=is_awaited, truth=truth) or {}

    def _through(self, scene: Scene, call: int, *, is_awaited: bool, truth: bool | None) -> Guards | None:
        """Return what a call that hands the name on makes hold, if its truth is known; None if it never comes back."""
        function, guards = scene.function, self._flow.guards
        node = function.facts.values[call]
        results: list[Guards] = []
        if self._depth >= MAX_CALLS:
            return {}
        callees = self._flow.resolver.functions(function, node.args[0])
        for callee, owner in callees:
            inner = self._inside(scene, call, callee, has_receiver=owner is not None)
            if inner is None or (callee.facts.is_async and not is_awaited):
                return {}
            self._depth += 1
            ends = [held for end in inner.ends() if (held := self._ended(inner, end, truth)) is not None]
            self._depth -= 1
            if not ends:
                continue
            bindings = guards.bind(function, node, callee, owner is not None)
            results.append(guards.substitute(intersection(ends), bindings))
        return intersection(results) if results or not callees else None

    def _inside(self, scene: Scene, call: int, callee: Function, *, has_receiver: bool) -> Scene | None:
        """Return a called function as a scene, None where the name is not handed on to it."""
        node = scene.function.facts.values[call]
        names: list[int] = []
        for index in taking(callee, node, scene.names, has_receiver=has_receiver):
            names.extend(subjects_of(callee, index))
        inner = self.scene(callee, names)
        return inner if inner.names else None

    def _ended(self, scene: Scene, end: tuple[int, int], truth: bool | None) -> dict[Guard, Place] | None:
        """Return what holds at one end of a function, None where this name does not get there with that result."""
        index, value = end
        held = self.at(scene, index)
        if held is None:
            return None
        found = {**self._flow.guards.after(scene.function, scene.before(index)), **held}
        if truth is None:
            return found
        given = _constant(scene.function, value)
        given = self._decide(scene, value) if given is None else given
        if given is not None:
            return found if given == truth else None
        return {**found, **self._known(scene, value, truth)}


def _constant(function: Function, value: int) -> bool | None:
    """Return the truth of a constant that is returned, nothing being false, None for anything else."""
    node = function.facts.values[value] if value >= 0 else None
    if node is None or node.op in ("none", "bool"):
        return node is not None and node.text == "True"
    return bool(node.text) if node.op == "str" else None


def _skippable(events: Sequence[Event]) -> Iterator[tuple[int, int]]:
    """Yield the spans of events in loops, which may have no round, and of those after whose errors it goes on."""
    for end, event in enumerate(events):
        if event.kind == "swallow":
            yield event.target, end
        elif event.kind == "each":
            yield event.dominator + 1, end


def refuses(function: Function, event: Event) -> bool:
    """Tell whether the other outcome of a branch raises."""
    return function.raises_behind("false" if event.kind == "true" else "true", event.value)


def is_other(event: Event, step: Event) -> bool:
    """Tell whether an event is the other outcome of a branch."""
    return step.value == event.value and {step.kind, event.kind} == {"true", "false"}
