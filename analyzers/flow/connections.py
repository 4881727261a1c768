"""Checks that a client makes itself of every connection: hooks of requests, and transports of the program.

A client that refuses addresses in its own hook or transport also does so for redirects and for what a name resolves to.
"""

from collections.abc import Iterable, Iterator, Sequence

from analyzers.facts import Event, Value
from analyzers.flow.conditions import GuardReader
from analyzers.flow.destinations import EACH
from analyzers.flow.guards import Guard, Place
from analyzers.flow.labels import MARK, NONE, Labels
from analyzers.project.program import Function

TRANSPORTS = ("transport", "connector", "network_backend", "resolver")
CONDITIONS = ("true", "false")
REQUEST, HANDLER, REDIRECTED = "urllib.request.Request", "urllib.request.HTTPRedirectHandler", "redirect_request"
# How far what a hook is given is followed to a refusal.
MAX_DEPTH = 3
Construction = tuple[Function, int]


class ConnectionReader:
    """Reads what a client refuses by itself."""

    def __init__(self, guards: GuardReader) -> None:
        self.guards = guards
        self.labeler = guards.labeler
        self.resolver = guards.resolver

    def refusals(
        self, function: Function, client: int, constructions: Sequence[Construction], on: Labels
    ) -> dict[Guard, Place]:
        """Return the conditions that a client puts on the addresses it connects to, labelled `on`."""
        for scope, value, decisions in self._attached(function, client, constructions):
            for refusing in self._functions(scope, value):
                if self._refuses(refusing):
                    return self._guards(refusing, on, decisions)
        return {}

    def checks_redirects(self, constructions: Sequence[Construction]) -> bool:
        """Tell whether a client looks at each answer before it follows where that leads, and may refuse."""
        for scope, value in constructions:
            node = scope.facts.values[value]
            if node.op == "call" and any(self._handles_redirects(scope, given) for given in node.args[1:]):
                return True
            for keyword, argument in zip(node.names, node.args[1:], strict=True) if node.op == "call" else ():
                hooks = self._hooks(scope, argument, NONE, "response") if keyword == "event_hooks" else ()
                if any(self._refuses(found) for place, hook, _ in hooks for found in self._functions(place, hook)):
                    return True
        return False

    def _handles_redirects(self, scope: Function, value: int) -> bool:
        """Tell whether an opener is given a handler of the program's own that follows no redirect, or not each."""
        for target in self.resolver.resolve(scope, value):
            cls = target.function if target.kind in ("class", "instance") else None
            method = self.resolver.method(cls, REDIRECTED) if cls is not None else None
            if cls is None or method is None or HANDLER not in self.resolver.linearize(cls)[1]:
                continue
            values = method.facts.values
            ends = [event.value for event in method.facts.events if event.kind == "return" and event.value >= 0]
            if all(values[end].op == "none" for end in ends) or self._refuses(method):
                return True
        return False

    def _guards(self, refusing: Function, on: Labels, decisions: Labels) -> dict[Guard, Place]:
        place = self.guards.place(refusing, refusing.facts.name_start)
        if not decisions:
            return {Guard("url", "", on, EACH): place}
        key = f"{refusing.id}"
        return {Guard("url", key, on, EACH): place, Guard("switch", key, decisions): place}

    def _attached(
        self, function: Function, client: int, constructions: Sequence[Construction]
    ) -> Iterator[tuple[Function, int, Labels]]:
        """Yield transports and hooks given to a client, with the labels of what decides whether they are."""
        for scope, value in constructions:
            node = scope.facts.values[value]
            for keyword, argument in zip(node.names, node.args[1:], strict=True) if node.op == "call" else ():
                if keyword in TRANSPORTS:
                    yield scope, argument, NONE
                elif keyword == "event_hooks":
                    yield from self._hooks(scope, argument, NONE)
        for event in function.facts.events:
            if event.kind == "store" and event.text == "event_hooks" and event.target == client:
                yield from self._hooks(function, event.value, self._decisions(function, event))

    def _hooks(
        self, scope: Function, table: int, decisions: Labels, kind: str = "request"
    ) -> Iterator[tuple[Function, int, Labels]]:
        """Yield the hooks of a kind in a table, those appended to its list included."""
        values = scope.facts.values
        entries = values[table].args if values[table].op == "map" else ()
        for key, hooks in zip(entries[::2], entries[1::2], strict=True):
            if self.resolver.text(scope, key) != kind:
                continue
            yield from ((scope, item, decisions) for item in values[hooks].args)
            for event in scope.calls():
                node = values[event.value]
                callee = values[node.args[0]]
                if callee.op == "attr" and callee.text == "append" and callee.args[0] == hooks:
                    for item in node.args[1:]:
                        yield scope, item, decisions | self._decisions(scope, event)

    def _decisions(self, function: Function, event: Event) -> Labels:
        """Return the labels of the conditions under which an event happens, as far as a call decides them."""
        found = NONE
        for step in function.chain(event.dominator):
            if step.kind in CONDITIONS:
                labels = self.labeler.labels(function, step.value)
                found |= frozenset(label for label in labels if MARK in label)
        return found

    def _functions(self, scope: Function, value: int) -> Iterable[Function]:
        for target in self.resolver.resolve(scope, value):
            if target.kind in ("function", "bound") and target.function is not None:
                yield target.function
            elif target.kind == "instance" and target.function is not None:
                cls = target.function
                yield from (method for method in cls.file.functions if method.facts.parent == cls.index)

    def _refuses(self, function: Function, depth: int = MAX_DEPTH) -> bool:
        """Tell whether a function raises under a condition on what it is given, or hands it to one that does."""
        for event in function.facts.events:
            if event.kind == "raise" and any(
                step.kind in CONDITIONS and self._is_given(function, [step.value])
                for step in function.chain(event.dominator)
            ):
                return True
            if event.kind != "call" or depth == 0:
                continue
            called, *arguments = function.facts.values[event.value].args
            handed = self._is_given(function, arguments)
            for callee, _ in self.resolver.functions(function, called) if handed else ():
                if self._refuses(callee, depth - 1):
                    return True
        return False

    def _is_given(self, function: Function, values: Sequence[int]) -> bool:
        return any(MARK in label for label in self.labeler.union(function, values))


def opener(function: Function, node: Value, name: str) -> int:
    """Return what makes a request, of one that is only described what is given the description; -1 for none."""
    values = function.facts.values
    callees = [values[node.args[0]]]
    if name == REQUEST:
        made = next(index for index, value in enumerate(values) if value is node)
        calls = [values[event.value] for event in function.calls()]
        callees = [values[call.args[0]] for call in calls if made in call.args[1:]] or callees
    return callees[0].args[0] if callees[0].op == "attr" else -1
