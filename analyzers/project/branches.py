"""One way through a low-level handler: what the name that it was called by leads to."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec

from analyzers.facts import Event, Value
from analyzers.project.program import Function
from analyzers.project.resolve import Resolver
from analyzers.project.targets import Reference

RESPELLING = ("strip", "lower", "upper", "casefold", "replace", "removeprefix", "removesuffix", "lstrip", "rstrip")


# What an event says of a name: it cannot have happened for it, it has not happened for others.
DEAD, OWN = 1, 2


class Step(NamedTuple):
    """A call on the way to where names are told apart, with the values of its function that are the name."""

    function: Function
    event: int
    subject: tuple[int, ...]


class Branch(msgspec.Struct, frozen=True):
    """The part of a dispatcher that one name leads to.

    `function` tells the names apart by its value `subject`. `handler` and `event` are set when a table leads to another
    function at that call, wrapped in what `around` lists. `via` are the calls by which the registered handler gets
    there. `request` is the branch of the request by which tools are called, where the function tells those apart too.
    """

    name: str
    function: Function
    subject: tuple[int, ...]
    resolver: Resolver
    handler: Function | None = None
    event: int = -1
    via: tuple[Step, ...] = ()
    around: tuple[Reference, ...] = ()
    request: "Branch | None" = None

    def is_alive(self, event: Event) -> bool:
        """Tell whether an event of the dispatcher can happen for this name."""
        if self._told()[max(event.dominator, -1)] & DEAD:
            return False
        return self.request is None or self.request.is_alive(event)

    def is_exclusive(self, event: Event) -> bool:
        """Tell whether an event of the dispatcher happens only behind a comparison with this name."""
        return bool(self._told()[max(event.dominator, -1)] & OWN)

    def first(self) -> Event | None:
        """Return the first call that only this name leads to, None where there is none."""
        if self.handler is not None:
            return self.function.facts.events[self.event] if self.event >= 0 else None
        return next((call for call in self.function.calls() if self.is_exclusive(call)), None)

    def _told(self) -> bytearray:
        """Return what each event says of the name, with those that are certain before it, and 0 in the end for none.

        Read once, from the first event to the last: a chain of comparisons is as long as there are names.
        """
        key = (self.function.id, self.name, self.subject)
        known = self.resolver.outcomes.get(key)
        if known is None:
            events = self.function.facts.events
            known = self.resolver.outcomes[key] = bytearray(len(events) + 1)
            for index, event in enumerate(events):
                known[index] = known[max(event.dominator, -1)]
                outcome = self._decide(event.value) if event.kind in ("true", "false") else None
                if outcome is not None and outcome != (event.kind == "true"):
                    known[index] |= DEAD
                elif event.kind == "true" and self._is_own(event.value):
                    known[index] |= OWN
        return known

    def _is_own(self, value: int) -> bool:
        """Tell whether a condition that holds says that the name is this one: `name == "add" and client`."""
        node = self.function.facts.values[value]
        parts = node.args if node.op == "and" else ()
        return bool(self._decide(value)) or any(map(self._is_own, parts))

    def _decide(self, value: int) -> bool | None:
        """Evaluate a condition under the assumption that the name is this one; None where it says nothing."""
        node = self.function.facts.values[value]
        if node.op == "not":
            inner = self._decide(node.args[0])
            return None if inner is None else not inner
        if node.op in ("and", "or"):
            parts = [self._decide(part) for part in node.args]
            decisive = node.op == "or"
            if decisive in parts:
                return decisive
            return None if None in parts else not decisive
        if node.op == "compare" and node.args[0] in self.subject:
            return self._compare(node)
        return None

    def _compare(self, node: Value) -> bool | None:
        texts = constants_of(self.resolver, self.function, node.args[1])
        if texts is None or node.text not in ("==", "!=", "in", "not-in"):
            return None
        return (self.name in texts) == (node.text in ("==", "in"))


def constants_of(resolver: Resolver, function: Function, value: int) -> list[str] | None:
    """Return the texts that a value is, or that a list or tuple of constants holds, None where it is anything else."""
    node = function.facts.values[value]
    if node.op == "str":
        return [node.text]
    if node.op in ("tuple", "list", "set"):
        found = [constants_of(resolver, function, item) for item in node.args]
        return [text for texts in found if texts for text in texts] if None not in found else None
    return _members(resolver, function, node) if node.op == "attr" else None


def _members(resolver: Resolver, function: Function, node: Value) -> list[str] | None:
    """Return what `Tools.ADD` or `Tools.ADD.value` is, where `Tools` is a class of the program."""
    base = function.facts.values[node.args[0]]
    if node.text == "value" and base.op == "attr":
        return _members(resolver, function, base)
    for cls in _classes(resolver, function, node.args[0]):
        bound = [cls.facts.values[value] for value in cls.facts.names.get(node.text, ())]
        return [bound[0].text] if len(bound) == 1 and bound[0].op == "str" else None
    return None


def _classes(resolver: Resolver, function: Function, value: int) -> Iterator[Function]:
    """Yield the class that a name stands for: one of the same file, or one that is imported."""
    node = function.facts.values[value]
    for cls in function.file.functions if node.op in ("name", "class") else ():
        if cls.facts.kind == "class" and cls.facts.name == node.text:
            yield cls
    for target in resolver.resolve(function, value) if node.op in ("name", "import") else ():
        if target.kind == "class" and target.function is not None:
            yield target.function


class Way(NamedTuple):
    """How far a called name was followed: `function` has it as `subject`, `via` are the calls to there."""

    resolver: Resolver
    function: Function
    subject: tuple[int, ...]
    via: tuple[Step, ...]
    seen: frozenset[str]
    request: Branch | None = None

    def branch(self, name: str, handler: Function | None, event: int) -> Branch:
        """Return the branch of a name that a table leads to a handler at a call."""
        return Branch(name, self.function, self.subject, self.resolver, handler, event, self.via, request=self.request)

    def on_to(self, callee: Function, parameter: int, event: int) -> "Way":
        """Return the way into a function that the name is handed on to."""
        return self.into(callee, subjects_of(callee, parameter), event)

    def into(self, callee: Function, subject: tuple[int, ...], event: int) -> "Way":
        """Return the way into a function that has the name as some of its values."""
        via = (*self.via, Step(self.function, event, self.subject))
        return Way(self.resolver, callee, subject, via, self.seen | {callee.id})


def subjects_of(function: Function, parameter: int) -> tuple[int, ...]:
    """Return the values that are the called name: the parameter, or `params.name` of it or of its neighbour."""
    found: list[int] = []
    parameters = len(function.facts.parameters)
    for index, node in enumerate(function.facts.values):
        if node.op == "param" and index == parameter:
            found.append(index)
        elif node.op == "attr" and node.text == "name":
            base = function.facts.values[node.args[0]]
            if base.text in ("params", "request", "req") and (base.op == "attr" or node.args[0] < parameters):
                found.append(index)
        elif node.op == "index" and [function.facts.values[part].text for part in node.args] == ["params", "name"]:
            found.append(index)
    return (*found, *respelt(function, found))


def respelt(function: Function, names: Iterable[int]) -> tuple[int, ...]:
    """Return the values that are other spellings of a name: a text of it, stripped, with a part replaced.

    So is what takes its place where it is an older one: `ALIASES.get(name, name)`, or another in a branch.
    """
    known = set(names)
    found: list[int] = []
    for index, node in enumerate(function.facts.values):
        callee = function.facts.values[node.args[0]] if node.op == "call" else node
        is_method = callee.op == "attr" and callee.text in RESPELLING and callee.args[0] in known
        is_text = callee.op == "name" and callee.text == "str" and node.args[1:2] and node.args[1] in known
        if node.op == "call":
            renamed = callee.op == "attr" and callee.text == "get" and len(node.args) > 2 and node.args[2] in known
            is_spelling = is_method or is_text or renamed
        else:
            is_spelling = node.op in ("phi", "or") and not known.isdisjoint(node.args)
        if is_spelling:
            known.add(index)
            found.append(index)
    return tuple(found)
