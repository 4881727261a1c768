"""Tables that lead from the name of a called tool to what runs it: functions, records of them, and objects."""

from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from analyzers.facts import Value
from analyzers.frameworks.threads import handed_position
from analyzers.project.branches import Branch, Way, subjects_of
from analyzers.project.handlers import position_of
from analyzers.project.items import items_of
from analyzers.project.program import Function
from analyzers.project.registries import Entry, own_text
from analyzers.project.targets import UNRESOLVED, Reference, argument_of, taking
from analyzers.project.wrapping import unwrapped

RUN_METHODS = ("execute", "run", "handle", "run_tool", "call", "__call__", "invoke", "perform", "process")
THROUGH = ("await", "phi", "item", "or", "default")
MAX_STEPS = 12


class Found(NamedTuple):
    """What a table gives for the name: the table, and which position or member of an entry is meant, if any.

    Where a list is searched `key` is the member, or the position, of its items that is compared with the name.
    """

    table: Reference
    position: int = -1
    member: str = ""
    key: str = ""


def tabled(way: Way, index: int, node: Value) -> Iterator[Branch]:
    """`TABLE[name](...)`, `TABLE.get(name).run(...)`, `getattr(self, f"tool_{name}")(...)`, `run(TABLE[name], ...)`."""
    values = way.function.facts.values
    callee = values[node.args[0]]
    while callee.op in THROUGH and callee.args:
        callee = values[callee.args[0]]
    if callee.op == "call" and values[callee.args[0]].text == "getattr" and len(callee.args) > 2:
        yield from _attributes(way, index, callee)
        yield from _named_methods(way, index, callee)
        return
    found = _found(way, node.args[0])
    if found is not None:
        unseen = [] if found.member else [way.branch(UNRESOLVED, None, -1)]
        yield from list(_entries(way, index, found)) or unseen
        return
    for argument in node.args[1:] if _runs(way, node.args[0]) else ():
        given = _found(way, argument)
        yield from _functions(way, index, given) if given is not None else ()


def _runs(way: Way, callee: int) -> bool:
    """Tell whether a call may run what it is given: a function of the program, or what starts a thread."""
    external = way.resolver.externals(way.function, callee)
    return bool(way.resolver.functions(way.function, callee)) or any(map(handed_position, external))


def _found(way: Way, value: int, depth: int = 0) -> Found | None:
    """Return what a value takes out of a table by the name, None where it takes nothing."""
    values = way.function.facts.values
    node = values[value]
    if value in way.subject or depth > MAX_STEPS:
        return None
    table = _table_of(way, node)
    if table is not None:
        return Found(table)
    if node.op == "element":
        return _searched(way, value)
    if node.op in THROUGH and node.args:
        inner = next(filter(None, (_found(way, part, depth + 1) for part in node.args if part != value)), None)
        position = int(node.text) if node.op == "item" and node.text.isdigit() else -1
        return inner._replace(position=position) if inner is not None and position >= 0 else inner
    if node.op == "attr":
        inner = _found(way, node.args[0], depth + 1)
        return inner._replace(member=node.text) if inner is not None else None
    if node.op == "index":
        inner, key = _found(way, node.args[0], depth + 1), values[node.args[1]]
        if inner is None or key.op not in ("str", "number"):
            return None
        return inner._replace(position=int(key.text)) if key.text.isdigit() else inner._replace(member=key.text)
    if node.op == "call" and len(node.args) > 1 and values[node.args[0]].text == "next":
        searched = values[node.args[1]]
        return _found(way, searched.args[0], depth + 1) if searched.op == "comprehension" else None
    # What a method without arguments gives of an entry, `entry.get_handler()`, or a class makes, `TABLE[name](client)`.
    made = node.op == "call" and (len(node.args) == 1 or _table_of(way, values[node.args[0]]) is not None)
    return _found(way, node.args[0], depth + 1) if made else None


def _searched(way: Way, element: int) -> Found | None:
    """Return the list that is gone through until the name is met: `for tool in TOOLS: if tool.name == name: ...`."""
    values = way.function.facts.values
    for event in way.function.facts.events:
        node = values[event.value] if event.kind == "true" else None
        if node is None or node.op != "compare" or node.text != "==":
            continue
        for compared, name in (node.args, node.args[::-1]):
            part = values[compared]
            if name in way.subject and part.op in ("attr", "item") and part.args[0] == element:
                return Found(Reference(way.function, values[element].args[0]), key=part.text)
    return None


def _table_of(way: Way, node: Value) -> Reference | None:
    """Return the table that the name is looked up in, `TABLE[name]` or `TABLE.get(name)`, there or in a helper."""
    table = _looked_up(way.function, node, way.subject)
    helpers = way.resolver.functions(way.function, node.args[0]) if node.op == "call" else ()
    if table >= 0 and not helpers:
        return Reference(way.function, table)
    if node.op != "call" or not any(argument in way.subject for argument in node.args[1:]):
        return None
    for callee, owner in helpers:
        for position in taking(callee, node, way.subject, has_receiver=owner is not None):
            names = subjects_of(callee, position)
            returned = [event.value for event in callee.facts.events if event.kind == "return" and event.value >= 0]
            for value in callee.made_of(*returned, most=MAX_STEPS):
                table = _looked_up(callee, callee.facts.values[value], names)
                if table >= 0:
                    return Reference(callee, table)
    return None


def _looked_up(function: Function, node: Value, names: tuple[int, ...]) -> int:
    if node.op == "index" and node.args[1] in names:
        return node.args[0]
    if node.op == "call" and len(node.args) > 1 and node.args[1] in names:
        lookup = function.facts.values[node.args[0]]
        return lookup.args[0] if lookup.op == "attr" and lookup.text == "get" else -1
    return -1


def _items(way: Way, found: Found) -> Iterator[Entry]:
    """Yield the entries of a table under constant names, those of a list under what it is searched for."""
    for item in items_of(way.resolver, found.table.function, found.table.value):
        key = _text(way, item, found.key) if found.key else item.key
        if key:
            yield item._replace(key=key)


def _text(way: Way, item: Entry, member: str) -> str:
    """Return the constant text that an item has in a position or as a member, "" where that is not seen."""
    node = item.function.facts.values[item.value]
    if member.isdigit():
        held = node.args[int(member)] if node.op == "tuple" and int(member) < len(node.args) else -1
        return way.resolver.text(item.function, held) or ""
    given = _member(way, item, member)
    if given >= 0:
        return way.resolver.text(item.function, given) or ""
    made = (target.function for target in way.resolver.resolve(item.function, item.value) if target.kind == "instance")
    return next((own_text(way.resolver, cls, member) for cls in made if cls is not None), "")


def _member(way: Way, item: Entry, member: str) -> int:
    """Return what a record is made with as one of its members, by keyword or in the place of the field."""
    values = item.function.facts.values
    node = values[item.value]
    if node.op == "map":
        return next(
            (
                held
                for key, held in zip(node.args[::2], node.args[1::2], strict=True)
                if key >= 0 and values[key].text == member
            ),
            -1,
        )
    if node.op != "call" or not member:
        return -1
    return argument_of(node, member, position_of(way.resolver, Reference(item.function, item.value), member))


def _entries(way: Way, index: int, found: Found) -> Iterator[Branch]:
    """Yield a branch for each entry that is called: a function, a tuple or record with one, an object with a method."""
    if not found.member or found.position >= 0:
        for item in _items(way, found):
            node = item.function.facts.values[item.value]
            # What a decorator puts in as part of a record is the function that it decorates.
            held = node.args if found.position >= 0 and node.op != "function" else (item.value,)
            position = max(found.position, 0) if node.op != "function" else 0
            if position < len(held):
                entry, around = unwrapped(way.resolver, Reference(item.function, held[position]))
                handlers = way.resolver.functions(item.function, entry.value)
                if not handlers and found.position < 0 and _is_class(way, entry):
                    continue
                branch = way.branch(item.key, handlers[0][0] if handlers else None, index)
                yield msgspec.structs.replace(branch, around=around)
        return
    yield from _functions(way, index, found)
    if found.member in RUN_METHODS:
        yield from _objects(way, index, found)


def _is_class(way: Way, entry: Reference) -> bool:
    return any(target.kind == "class" for target in way.resolver.resolve(entry.function, entry.value))


def _functions(way: Way, index: int, found: Found) -> Iterator[Branch]:
    """Yield a branch for each entry that is a function, or a record of which the member that is meant is one."""
    for item in _items(way, found):
        node = item.function.facts.values[item.value]
        held = _member(way, item, found.member) if node.op in ("call", "map") and found.member else item.value
        for handler, _ in way.resolver.functions(item.function, held) if held >= 0 and node.op != "class" else ():
            if handler.facts.kind in ("function", "method", "lambda") and handler.facts.name != "__init__":
                yield way.branch(item.key, handler, index)


def _objects(way: Way, index: int, found: Found) -> Iterator[Branch]:
    """A table of objects, each with a method that runs the tool, or of classes of which an object is made."""
    for item in _items(way, found):
        targets = way.resolver.resolve(item.function, item.value)
        kinds = ("instance", "class")
        classes = [target.function for target in targets if target.kind in kinds and target.function is not None]
        # Of the classes of all entries the one that is called like the tool is meant, where one is.
        named = [cls for cls in classes if spelt(item.key) in spelt(cls.facts.name)] if len(classes) > 1 else []
        for cls in named or classes:
            handler = way.resolver.method(cls, found.member)
            if handler is not None:
                yield way.branch(item.key, handler, index)


def spelt(name: str) -> str:
    """Return the letters of a name, however its words are parted."""
    return "".join(filter(str.isalnum, name)).lower()


def _named_methods(way: Way, index: int, call: Value) -> Iterator[Branch]:
    """A table of the names of methods, `getattr(self, TABLE[name])(...)`, or of objects with them."""
    named, owned = _found(way, call.args[2]), _found(way, call.args[1])
    if named is None:
        return
    for item in _items(way, named):
        method = _text(way, item, str(named.position)) if named.position >= 0 else _own(way, item)
        held = item.function.facts.values[item.value].args
        if owned is None:
            place = Reference(way.function, call.args[1])
        elif 0 <= owned.position < len(held):
            place = Reference(item.function, held[owned.position])
        else:
            continue
        for target in way.resolver.resolve(place.function, place.value) if method else ():
            cls = target.function if target.kind == "instance" else None
            handler = way.resolver.method(cls, method) if cls is not None else None
            if handler is not None:
                yield way.branch(item.key, handler, index)


def _own(way: Way, item: Entry) -> str:
    return way.resolver.text(item.function, item.value) or ""


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
