"""Low-level handlers: one function serves every tool, and tells them apart by name.

The ways are comparisons (`if`, `match`), a table of functions, `getattr` with a prefix, and handing the name on.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec

from analyzers.facts import Event, Value
from analyzers.project.items import items_of
from analyzers.project.program import Function
from analyzers.project.resolve import Resolver
from analyzers.project.targets import UNRESOLVED, Reference, argument_of
from analyzers.project.wrapping import unwrapped

MAX_HOPS = 4
RUN_METHODS = ("execute", "run", "handle", "run_tool", "call", "__call__")
RESPELLING = ("strip", "lower", "upper", "casefold", "replace", "removeprefix", "removesuffix", "lstrip", "rstrip")


class Branch(msgspec.Struct, frozen=True):
    """The part of a dispatcher that one name leads to.

    `function` tells the names apart by its value `subject`. `handler` and `event` are set when a table leads to another
    function at that call, wrapped in what `around` lists. `via` are the calls, as (function, event), by which the
    registered handler gets there.
    """

    name: str
    function: Function
    subject: tuple[int, ...]
    resolver: Resolver
    handler: Function | None = None
    event: int = -1
    via: tuple[tuple[Function, int], ...] = ()
    around: tuple[Reference, ...] = ()

    def is_alive(self, event: Event) -> bool:
        """Tell whether an event of the dispatcher can happen for this name."""
        for step in self.function.chain(event.dominator):
            if step.kind in ("true", "false"):
                outcome = self._decide(step.value)
                if outcome is not None and outcome != (step.kind == "true"):
                    return False
        return True

    def is_exclusive(self, event: Event) -> bool:
        """Tell whether an event of the dispatcher happens only behind a comparison with this name."""
        steps = self.function.chain(event.dominator)
        return any(step.kind == "true" and self._decide(step.value) for step in steps)

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
        texts = _constants(self.resolver, self.function, node.args[1])
        if texts is None or node.text not in ("==", "!=", "in", "not-in"):
            return None
        return (self.name in texts) == (node.text in ("==", "in"))


def _constants(resolver: Resolver, function: Function, value: int) -> list[str] | None:
    node = function.facts.values[value]
    if node.op == "str":
        return [node.text]
    if node.op in ("tuple", "list", "set"):
        found = [_constants(resolver, function, item) for item in node.args]
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
    via: tuple[tuple[Function, int], ...]
    seen: frozenset[str]

    def branch(self, name: str, handler: Function | None, event: int) -> Branch:
        """Return the branch of a name that a table leads to a handler at a call."""
        return Branch(name, self.function, self.subject, self.resolver, handler, event, self.via)

    def on_to(self, callee: Function, parameter: int, event: int) -> "Way":
        """Return the way into a function that the name is handed on to."""
        via = (*self.via, (self.function, event))
        return Way(self.resolver, callee, _subjects(callee, parameter), via, self.seen | {callee.id})


def branches(resolver: Resolver, function: Function) -> list[Branch]:
    """Return a branch for each name that a low-level handler tells apart, in the order of the source.

    One of them is unresolved where other names are looked up in a table that is not seen.
    """
    found: dict[str, Branch] = {}
    subject = _subjects(function, _name_parameter(function))
    for branch in _branches(Way(resolver, function, subject, (), frozenset({function.id}))):
        known = found.get(branch.name)
        if known is None or (known.handler is None and branch.handler is not None and not known.via):
            found[branch.name] = branch
    return list(found.values())


def inner_function(resolver: Resolver, branch: Branch) -> Function | None:
    """Return the one function of the program that is called only for the branch's name, None for none or several."""
    found = {
        callee.id: callee
        for event in branch.function.calls()
        if branch.is_exclusive(event)
        for callee, _ in resolver.functions(branch.function, branch.function.facts.values[event.value].args[0])
        if callee.facts.kind in ("function", "method")
    }
    return next(iter(found.values())) if len(found) == 1 else None


def called_names(function: Function) -> frozenset[int]:
    """Return the values of a low-level handler that are the called name."""
    parameter = _name_parameter(function)
    found = _subjects(function, parameter)
    # What is given the parameters of a request, `(ctx, params)`, is given no name beside them.
    asked = [value for value in found if function.facts.values[value].op in ("attr", "index")]
    return frozenset(value for value in found if value != parameter or not asked)


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
        elif node.op == "index" and [function.facts.values[part].text for part in node.args] == ["params", "name"]:
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


def _branches(way: Way) -> Iterator[Branch]:
    function = way.function
    for event in function.facts.events:
        if event.kind == "true":
            for name in _compared_names(way, event.value):
                yield Branch(name, function, way.subject, way.resolver, via=way.via)
    for index, event in enumerate(function.facts.events):
        if event.kind == "call":
            node = function.facts.values[event.value]
            yield from _tabled(way, index, node)
            yield from _handed_on(way, index, node)


def _compared_names(way: Way, value: int) -> Iterator[str]:
    function, waiting = way.function, [value]
    while waiting:
        node = function.facts.values[waiting.pop()]
        if node.op in ("and", "or"):
            waiting.extend(reversed(node.args))
        elif node.op == "compare" and node.text in ("==", "in") and node.args[0] in way.subject:
            yield from _constants(way.resolver, function, node.args[1]) or ()


def _tabled(way: Way, index: int, node: Value) -> Iterator[Branch]:
    """`TABLE[name](...)`, `TABLE.get(name)(...)`, `getattr(self, f"tool_{name}")(...)`, `run, _ = TABLE[name]`."""
    values = way.function.facts.values
    callee, position = values[node.args[0]], -1
    while callee.op in ("await", "phi", "item") and callee.args:
        position = int(callee.text) if callee.op == "item" and callee.text.isdigit() else position
        callee = values[callee.args[0]]
    if callee.op == "attr" and callee.text in RUN_METHODS:
        table = _table_of(way, values[callee.args[0]])
        if table >= 0:
            yield from _objects(way, index, table, callee.text)
    elif callee.op == "call" and values[callee.args[0]].text == "getattr" and len(callee.args) > 2:
        yield from _attributes(way, index, callee)
    else:
        table = _table_of(way, callee)
        if table >= 0:
            yield from list(_entries(way, index, table, position)) or [way.branch(UNRESOLVED, None, -1)]


def _table_of(way: Way, node: Value) -> int:
    """Return the table that the name is looked up in, `TABLE[name]` or `TABLE.get(name)`, -1 for none."""
    if node.op == "index" and node.args[1] in way.subject:
        return node.args[0]
    if node.op == "call" and len(node.args) > 1 and node.args[1] in way.subject:
        lookup = way.function.facts.values[node.args[0]]
        return lookup.args[0] if lookup.op == "attr" and lookup.text == "get" else -1
    return -1


def _items(resolver: Resolver, function: Function, table: int) -> Iterator[tuple[str, Function, int]]:
    """Yield the entries of tables under constant names, as (name, function, value)."""
    for item in items_of(resolver, function, table):
        if item.key:
            yield item.key, item.function, item.value


def _entries(way: Way, index: int, table: int, position: int) -> Iterator[Branch]:
    """A table of functions, or of tuples that hold one at a position."""
    for name, scope, value in _items(way.resolver, way.function, table):
        held = scope.facts.values[value].args if position >= 0 else (value,)
        if position >= len(held):
            continue
        entry, around = unwrapped(way.resolver, Reference(scope, held[max(position, 0)]))
        handlers = way.resolver.functions(scope, entry.value)
        branch = way.branch(name, handlers[0][0] if handlers else None, index)
        yield msgspec.structs.replace(branch, around=around)


def _objects(way: Way, index: int, table: int, method: str) -> Iterator[Branch]:
    """A table of objects, each with a method that runs the tool."""
    for name, scope, value in _items(way.resolver, way.function, table):
        for item in way.resolver.resolve(scope, value):
            is_object = item.kind == "instance" and item.function is not None
            handler = way.resolver.method(item.function, method) if is_object and item.function else None
            if handler is not None:
                yield way.branch(name, handler, index)


def _attributes(way: Way, index: int, call: Value) -> Iterator[Branch]:
    values = way.function.facts.values
    template = values[call.args[2]]
    prefix = values[template.args[0]].text if template.op == "template" and template.args else ""
    for target in way.resolver.resolve(way.function, call.args[1]):
        if target.kind != "instance" or target.function is None or not prefix:
            continue
        for cls in way.resolver.linearize(target.function)[0]:
            for name in cls.facts.names:
                method = way.resolver.method(cls, name) if name.startswith(prefix) else None
                if method is not None:
                    yield way.branch(name[len(prefix) :], method, index)


def _handed_on(way: Way, index: int, node: Value) -> Iterator[Branch]:
    if len(way.via) >= MAX_HOPS or not any(argument in way.subject for argument in node.args[1:]):
        return
    for callee, receiver in way.resolver.functions(way.function, node.args[0]):
        if callee.id in way.seen:
            continue
        for position, parameter in enumerate(callee.facts.parameters):
            argument = argument_of(node, parameter.name, position - (1 if receiver is not None else 0))
            if argument in way.subject:
                yield from _branches(way.on_to(callee, position, index))
