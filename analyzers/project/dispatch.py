"""Low-level handlers: one function serves every tool, and tells them apart by name.

The ways are comparisons (`if`, `match`), a table of functions, `getattr` with a prefix, and handing the name on.
"""

from collections.abc import Iterable, Iterator

import msgspec

from analyzers.facts import Event, Value
from analyzers.project.program import Function
from analyzers.project.resolve import Resolver
from analyzers.project.targets import argument_of

MAX_HOPS = 4
RESPELLING = ("strip", "lower", "upper", "casefold", "replace", "removeprefix", "removesuffix", "lstrip", "rstrip")


class Branch(msgspec.Struct, frozen=True):
    """The part of a dispatcher that one name leads to.

    `function` tells the names apart by its value `subject`. `handler` and `event` are set when a table leads to another
    function at that call. `via` are the calls, as (function, event), by which the registered handler gets there.
    """

    name: str
    function: Function
    subject: tuple[int, ...]
    handler: Function | None = None
    event: int = -1
    via: tuple[tuple[Function, int], ...] = ()

    def is_alive(self, event: Event) -> bool:
        """Tell whether an event of the dispatcher can happen for this name."""
        for step in self.function.chain(event.dominator):
            if step.kind in ("true", "false"):
                outcome = self._decide(step.value)
                if outcome is not None and outcome != (step.kind == "true"):
                    return False
        return True

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
        texts = _constants(self.function, node.args[1])
        if texts is None or node.text not in ("==", "!=", "in", "not-in"):
            return None
        return (self.name in texts) == (node.text in ("==", "in"))


def _constants(function: Function, value: int) -> list[str] | None:
    node = function.facts.values[value]
    if node.op == "str":
        return [node.text]
    if node.op in ("tuple", "list", "set"):
        items = [function.facts.values[item] for item in node.args]
        return [item.text for item in items] if all(item.op == "str" for item in items) else None
    return None


def branches(resolver: Resolver, function: Function) -> list[Branch]:
    """Return a branch for each name that a low-level handler tells apart, in the order of the source."""
    found: dict[str, Branch] = {}
    for branch in _branches(resolver, function, _name_parameter(function), (), {function.id}):
        known = found.get(branch.name)
        if known is None or (known.handler is None and branch.handler is not None and not known.via):
            found[branch.name] = branch
    return list(found.values())


def _name_parameter(function: Function) -> int:
    """Return the index of the first parameter that is not the receiver."""
    return 1 if function.facts.kind == "method" else 0


def _subjects(function: Function, parameter: int) -> tuple[int, ...]:
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
        elif node.op == "index" and len(node.args) == 2 and function.facts.values[node.args[1]].text == "name":
            if function.facts.values[node.args[0]].text == "params":
                found.append(index)
    return (*found, *respelt(function, found))


def respelt(function: Function, names: Iterable[int]) -> tuple[int, ...]:
    """Return the values that are other spellings of a name: stripped, in lower case, with a part replaced."""
    known = set(names)
    found: list[int] = []
    for index, node in enumerate(function.facts.values):
        callee = function.facts.values[node.args[0]] if node.op == "call" else node
        if node.op == "call" and callee.op == "attr" and callee.text in RESPELLING and callee.args[0] in known:
            known.add(index)
            found.append(index)
    return tuple(found)


def _branches(
    resolver: Resolver,
    function: Function,
    parameter: int,
    via: tuple[tuple[Function, int], ...],
    seen: set[str],
) -> Iterator[Branch]:
    subject = _subjects(function, parameter)
    named = set(subject)
    for event in function.facts.events:
        if event.kind == "true":
            for name in _compared_names(function, event.value, named):
                yield Branch(name, function, subject, via=via)
    for index, event in enumerate(function.facts.events):
        if event.kind == "call":
            node = function.facts.values[event.value]
            yield from _tabled(resolver, function, index, node, named, subject, via)
            yield from _handed_on(resolver, function, index, node, named, via, seen)


def _compared_names(function: Function, value: int, named: set[int]) -> Iterator[str]:
    waiting = [value]
    while waiting:
        node = function.facts.values[waiting.pop()]
        if node.op in ("and", "or"):
            waiting.extend(reversed(node.args))
        elif node.op == "compare" and node.text in ("==", "in") and node.args[0] in named:
            yield from _constants(function, node.args[1]) or ()


def _tabled(
    resolver: Resolver,
    function: Function,
    index: int,
    node: Value,
    named: set[int],
    subject: tuple[int, ...],
    via: tuple[tuple[Function, int], ...],
) -> Iterator[Branch]:
    """`TABLE[name](...)`, `TABLE.get(name)(...)`, `getattr(self, f"tool_{name}")(...)`."""
    callee = function.facts.values[node.args[0]]
    while callee.op in ("await", "phi") and callee.args:
        callee = function.facts.values[callee.args[0]]
    if callee.op == "index" and callee.args[1] in named:
        yield from _entries(resolver, function, index, callee.args[0], subject, via)
    elif callee.op == "call" and len(callee.args) > 1:
        lookup = function.facts.values[callee.args[0]]
        if lookup.op == "attr" and lookup.text == "get" and callee.args[1] in named:
            yield from _entries(resolver, function, index, lookup.args[0], subject, via)
        elif lookup.text == "getattr" and len(callee.args) > 2:
            yield from _attributes(resolver, function, index, callee, subject, via)
    elif callee.op == "attr" and callee.text in ("execute", "run", "handle", "run_tool", "call", "__call__"):
        looked_up = function.facts.values[callee.args[0]]
        if looked_up.op == "index" and looked_up.args[1] in named:
            yield from _objects(resolver, function, index, looked_up.args[0], callee.text, subject, via)
        elif looked_up.op == "call" and len(looked_up.args) > 1 and looked_up.args[1] in named:
            owner = function.facts.values[looked_up.args[0]]
            if owner.op == "attr" and owner.text == "get":
                yield from _objects(resolver, function, index, owner.args[0], callee.text, subject, via)


def _entries(
    resolver: Resolver,
    function: Function,
    index: int,
    table: int,
    subject: tuple[int, ...],
    via: tuple[tuple[Function, int], ...],
) -> Iterator[Branch]:
    for target in resolver.resolve(function, table):
        if target.kind != "display" or target.function is None:
            continue
        items = target.function.facts.values[target.value].args
        for key, value in zip(items[::2], items[1::2], strict=False):
            name = resolver.text(target.function, key)
            handlers = resolver.functions(target.function, value)
            if name is not None:
                yield Branch(name, function, subject, handlers[0][0] if handlers else None, index, via)


def _objects(
    resolver: Resolver,
    function: Function,
    index: int,
    table: int,
    method: str,
    subject: tuple[int, ...],
    via: tuple[tuple[Function, int], ...],
) -> Iterator[Branch]:
    """A table of objects, each with a method that runs the tool."""
    for target in resolver.resolve(function, table):
        if target.kind != "display" or target.function is None:
            continue
        items = target.function.facts.values[target.value].args
        for key, value in zip(items[::2], items[1::2], strict=False):
            name = resolver.text(target.function, key)
            for item in resolver.resolve(target.function, value):
                handler = resolver.method(item.function, method) if item.kind == "instance" and item.function else None
                if name is not None and handler is not None:
                    yield Branch(name, function, subject, handler, index, via)


def _attributes(
    resolver: Resolver,
    function: Function,
    index: int,
    call: Value,
    subject: tuple[int, ...],
    via: tuple[tuple[Function, int], ...],
) -> Iterator[Branch]:
    template = function.facts.values[call.args[2]]
    prefix = function.facts.values[template.args[0]].text if template.op == "template" and template.args else ""
    for target in resolver.resolve(function, call.args[1]):
        if target.kind != "instance" or target.function is None or not prefix:
            continue
        for cls in resolver.linearize(target.function)[0]:
            for name in cls.facts.names:
                method = resolver.method(cls, name) if name.startswith(prefix) else None
                if method is not None:
                    yield Branch(name[len(prefix) :], function, subject, method, index, via)


def _handed_on(
    resolver: Resolver,
    function: Function,
    index: int,
    node: Value,
    named: set[int],
    via: tuple[tuple[Function, int], ...],
    seen: set[str],
) -> Iterator[Branch]:
    passed = [argument for argument in node.args[1:] if argument in named]
    if not passed or len(via) >= MAX_HOPS:
        return
    for callee, receiver in resolver.functions(function, node.args[0]):
        if callee.id in seen:
            continue
        for position, parameter in enumerate(callee.facts.parameters):
            argument = argument_of(node, parameter.name, position - (1 if receiver is not None else 0))
            if argument in named:
                inner = (*via, (function, index))
                yield from _branches(resolver, callee, position, inner, seen | {callee.id})
