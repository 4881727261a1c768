"""What the handler of an entry point does, in terms of what its caller sends."""

from collections.abc import Iterable, Iterator

from analyzers.authority.generated_effects import generated_effects
from analyzers.authority.tool_cases import ToolCase
from analyzers.flow.bindings import Bindings
from analyzers.flow.effects import Effect
from analyzers.flow.guards import Guard, Guards, Place
from analyzers.flow.labels import (
    ARGUMENTS,
    MARK,
    NONE,
    OWN,
    TOOL,
    Labels,
    is_arguments,
    is_same,
    owner_of,
    parameter_label,
)
from analyzers.flow.operands import METHOD
from analyzers.flow.own_fields import is_given_object
from analyzers.flow.plain_types import NOTHING, of_parameter
from analyzers.flow.summaries import Flow
from analyzers.flow.wrappers import applied_guards
from analyzers.frameworks import sinks
from analyzers.frameworks.commands import OBJECTS
from analyzers.frameworks.deeds import says_reading
from analyzers.project.branches import Branch, Step
from analyzers.project.program import Function
from analyzers.project.servers import EntryPoint
from analyzers.roles import Role, role_of


class EntryReader:
    """Restates what handlers do for their entry points."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow

    def effects(self, entry: EntryPoint) -> Iterator[Effect]:
        """Yield the effects of an entry point, with what holds at each."""
        if entry.handler is None:
            yield from generated_effects(self.flow, entry)
            return
        bindings = self._bindings(entry)
        wrapped = self.wrapped(entry)
        naming = _naming_places(self.flow, entry)
        own = frozenset(function.id for function in _own_functions(entry))
        shipped = role_of(entry.handler.file.path) is Role.PRODUCT
        for effect in self._raw_effects(entry):
            # What a product runs of what it is given is not what its examples give it.
            if shipped and role_of(effect.place.path) is Role.EXAMPLE:
                continue
            restated = effect._replace(
                url=self.flow.shapes.rebind(effect.url, {}, bindings),
                operands=tuple(
                    operand._replace(shape=self.flow.shapes.rebind(operand.shape, {}, bindings))
                    for operand in effect.operands
                ),
                credentials=self.flow.labeler.restate(effect.credentials, bindings),
                arguments=self.flow.labeler.substitute(effect.arguments, bindings),
                guards={
                    guard: place
                    for guard, place in (
                        *wrapped.items(),
                        *_of_server(self.flow.guards.substitute(effect.guards, bindings), own).items(),
                        *_switches(effect.guards).items(),
                    )
                    if guard.kind != "url" or place not in naming
                },
            )
            yield _chosen(restated, own)

    def wrapped(self, entry: EntryPoint) -> dict[Guard, Place]:
        """Return what holds because the registration wraps the handler."""
        return {guard: place for applied in entry.around for guard, place in applied_guards(self.flow, applied).items()}

    def _raw_effects(self, entry: EntryPoint) -> Iterable[Effect]:
        branch = entry.branch
        if branch is None or entry.handler is None:
            yield from self.flow.summary(entry.handler).effects if entry.handler is not None else ()
            return
        outer: dict[Guard, Place] = {}
        for function, event, _ in branch.via:
            outer.update(self.flow.guards.at(function, event))
        outer.update(self._for_name(branch))
        if branch.handler is not None:
            outer.update(self.flow.guards.at(branch.function, branch.event))
            for effect in self.flow.summary(branch.handler).effects:
                yield effect._replace(guards={**outer, **effect.guards})
            return
        for call in branch.function.calls():
            if branch.is_alive(call):
                for effect in self.flow.effects_of(branch.function, call):
                    yield effect._replace(guards={**outer, **effect.guards})

    def _for_name(self, branch: Branch) -> dict[Guard, Place]:
        """Return what the functions of a dispatcher make hold for the name of an entry point, not for every name."""
        case = ToolCase(self.flow, branch.name)
        calls = filter(branch.is_exclusive, branch.function.calls() if branch.handler is None else ())
        first = next((call for call in calls if any(self.flow.effects_of(branch.function, call))), None)
        event = branch.event if first is None else branch.function.event_of(first.value)
        found: dict[Guard, Place] = {}
        for function, index, names in (*branch.via, Step(branch.function, event, branch.subject)):
            if index >= 0 and case.may_check(case.scene(function, names)):
                found.update(case.at(case.scene(function, names), index) or {})
        return case.narrowed(found)

    def is_cut(self, entry: EntryPoint) -> bool:
        """Tell whether an entry point does more than is followed; of a dispatcher only what its own name leads to."""
        branch, handler = entry.branch, entry.handler
        if branch is None or branch.handler is not None or handler is None:
            handler = handler if branch is None else branch.handler
            return handler is not None and self.flow.summary(handler).truncated
        function = branch.function
        return any(
            self.flow.summary(callee).truncated
            for call in function.calls()
            if branch.is_alive(call)
            for argument in function.facts.values[call.value].args
            for callee, _ in self.flow.resolver.functions(function, argument)
        )

    def _bindings(self, entry: EntryPoint) -> Bindings:
        """Say of the handler's parameters which a caller cannot shape, and which is the name of the tool."""
        found: dict[str, Labels] = {}
        handler = entry.handler
        if handler is None:
            return Bindings()
        for index in range(len(handler.facts.parameters)):
            left = of_parameter(self.flow.resolver, handler, index)
            if left:
                label = parameter_label(handler, index, left)
                found[f"{handler.id}{MARK}{index}"] = NONE if left == NOTHING else frozenset({label})
        for function in (handler, *_dispatching(entry)):
            for index in range(len(function.facts.parameters)):
                if is_given_object(self.flow.resolver, function, index):
                    found[f"{function.id}{MARK}{index}"] = NONE
        for function in _dispatching(entry):
            for subject in self.subjects(entry, function):
                found[f"{function.id}{MARK}{subject}"] = frozenset({TOOL})
        # Nobody knows which object what is left is about.
        return Bindings(found, find=lambda parameter: NONE if parameter.endswith(OWN) else None)

    def subjects(self, entry: EntryPoint, function: Function) -> Iterable[int]:
        """Return the parameters of a dispatcher that are the called name."""
        if entry.branch is None:
            return [1 if function.facts.kind == "method" else 0]
        return [subject for subject in names_in(entry.branch, function) if subject < len(function.facts.parameters)]


def names_in(branch: Branch, function: Function) -> tuple[int, ...]:
    """Return the values of a function on the way to a branch that are the called name."""
    steps = (*branch.via, Step(branch.function, branch.event, branch.subject))
    return next((step.subject for step in steps if step.function is function), ())


def capability_of(entry: EntryPoint, effects: tuple[Effect, ...]) -> tuple[str, bool]:
    """Return the gravest that an entry point can do, and whether that is certain."""
    ranked = sorted(effects, key=lambda effect: (-effect.rank, not effect.sure))
    if ranked and ranked[0].rank > 0:
        kind = "read-private" if _asks(entry, ranked) else ranked[0].kind
        return kind, ranked[0].sure
    if entry.dynamic and entry.server.generated:
        return "write", False
    suggested = sinks.suggested(entry.name) if entry.kind == "tool" and not ranked else ""
    if suggested:
        return suggested, False
    return (ranked[0].kind if ranked else "read-public"), True


def _asks(entry: EntryPoint, ranked: list[Effect]) -> bool:
    """Tell whether a tool that is named for reading posts what it asks for, and does nothing else: a query, a filter.

    That is a guess: `get_or_create_order` says that it may do more.
    """
    gravest = [effect for effect in ranked if effect.rank == ranked[0].rank]
    if entry.kind != "tool" or not all(effect.kind == "write" and effect.method == "POST" for effect in gravest):
        return False
    return sinks.vocabulary(entry.name) in ("read-private", "") and says_reading(entry.name)


def _dispatching(entry: EntryPoint) -> list[Function]:
    """Return the functions that lead a call to what its name stands for."""
    return [] if entry.branch is None else [*(step.function for step in entry.branch.via), entry.branch.function]


def _own_functions(entry: EntryPoint) -> list[Function]:
    """Return the functions that are given what the caller of an entry point sends."""
    handlers = (entry.handler, entry.branch.handler if entry.branch is not None else None)
    return [*_dispatching(entry), *(handler for handler in handlers if handler is not None)]


def _of_server(guards: Guards, own: frozenset[str]) -> dict[Guard, Place]:
    """Return guards with those as holding that compare with what the server was made with, and no caller sends."""
    return {
        guard._replace(kind="url", against=NONE)
        if guard.kind == "listed" and not any(is_arguments(item) or _owner(item) in own for item in guard.against)
        else guard: place
        for guard, place in guards.items()
    }


def _owner(label: str) -> str:
    return owner_of(label) if MARK in label else ""


def _switches(guards: Guards) -> dict[Guard, Place]:
    """Return the switches among guards: a caller turns one with a harmless value, too."""
    return {guard: place for guard, place in guards.items() if guard.kind == "switch" and guard.subject}


def _chosen(effect: Effect, own: frozenset[str]) -> Effect:
    """Return an effect as what it is where the caller chooses the method of a request, or what objects are made of."""
    if _makes_objects(effect):
        return effect._replace(kind="exec")
    if effect.method == "?" and effect.rank < sinks.RANKS["write"] and _sends_any_method(effect, own):
        return effect._replace(kind="write")
    return effect


def _sends_any_method(effect: Effect, own: frozenset[str]) -> bool:
    """Tell whether a caller names the method of a request, and nothing that stands before it asks for the name."""
    asked = {label for guard in effect.guards for label in guard.subject}
    return any(
        is_arguments(label) or (MARK in label and owner_of(label) in own)
        for operand in effect.operands
        if operand.role == METHOD
        for piece in operand.shape
        for label in piece.labels
        if not any(is_same(label, other) for other in asked)
    )


def _makes_objects(effect: Effect) -> bool:
    """Tell whether a caller's own text is made into objects that run code, not what was kept under it."""
    return effect.name in OBJECTS and any(
        label == ARGUMENTS or (MARK in label and label[0] not in "rdkw")
        for operand in effect.operands
        for piece in operand.shape
        for label in piece.labels
    )


def _naming_places(flow: Flow, entry: EntryPoint) -> frozenset[Place]:
    """Return where a dispatcher compares the called name; that bounds nothing else in the same parameters."""
    branch = entry.branch
    if branch is None:
        return frozenset()
    compared = (
        branch.function.facts.values[event.value]
        for event in branch.function.facts.events
        if event.kind in ("true", "false")
    )
    return frozenset(
        flow.guards.place(branch.function, node.start)
        for node in compared
        if node.op == "compare" and node.args[0] in branch.subject
    )
