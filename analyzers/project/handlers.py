"""Which functions a registration hands to a server: one, or one for each item of the table that a loop goes through."""

from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from analyzers.facts import LEFT_OVER
from analyzers.project.items import items_of
from analyzers.project.members import member
from analyzers.project.module_members import listing_of, members
from analyzers.project.program import Function
from analyzers.project.registries import Entry, own_text
from analyzers.project.resolve import Resolver
from analyzers.project.servers import UNRESOLVED
from analyzers.project.tables import view_of
from analyzers.project.targets import Reference, argument_of, is_record, parameter_of
from analyzers.project.wrapping import is_wrapper, wrappers_of

MAX_STEPS = 12
GETATTR = "builtins.getattr"


class Item(msgspec.Struct, frozen=True):
    """A loop's variable, as a value of its function, and the item that it is."""

    element: int
    entry: Entry


class Handed(NamedTuple):
    """A value that is handed over, or a member of it, and what was put around it, outermost first."""

    reference: Reference
    around: tuple[Reference, ...] = ()
    member: str = ""


class Handler(msgspec.Struct, frozen=True):
    """A function that is registered, None where it is not found; `optional` is put around it only under a condition."""

    function: Function | None
    around: tuple[Reference, ...]
    optional: tuple[Reference, ...]
    item: Item | None


def handlers_of(resolver: Resolver, registered: Reference) -> list[Handler]:
    """Return what a registration hands over: of a loop, what it is for each item."""
    loop = loop_of(registered.function, registered.value)
    found: list[Handler] = []
    for entry in items_of(resolver, registered.function, loop[1]) if loop else ():
        item = Item(loop[0], entry) if loop else None
        ways = _handlers(resolver, list(values_of(resolver, registered, item)), item)
        found.extend(ways or [Handler(None, (), (), item)])
    if all(handler.function is None for handler in found):
        listed = list(_listed(resolver, registered))
        return listed or _handlers(resolver, list(values_of(resolver, registered, None)), None) or found
    return found


def _listed(resolver: Resolver, registered: Reference) -> Iterator[Handler]:
    """Yield what a registration hands over for each function of a module that it goes through."""
    listing = listing_of(resolver, registered)
    if listing is None:
        return
    for entry in members(resolver, registered, listing):
        item = Item(listing.member, entry)
        yield from _handlers(resolver, list(values_of(resolver, registered, item)), item)


def own_name(handler: Handler) -> str:
    """Return the name that a registered function has of its own; one that is not found, that of its import.

    A factory that names what it makes, `tool.__name__ = name`, gives each a name of its own.
    """
    if handler.function is not None:
        return UNRESOLVED if _is_renamed(handler.function) else handler.function.facts.name
    item = handler.item.entry if handler.item is not None else None
    node = item.function.facts.values[item.value] if item is not None else None
    return node.text.rpartition("|")[2] if node is not None and node.op == "import" else UNRESOLVED


def _is_renamed(function: Function) -> bool:
    """Tell whether the function around another one sets the name of that."""
    scope = function.parent
    return scope is not None and any(
        event.kind == "store"
        and event.text == "__name__"
        and event.target in scope.facts.names.get(function.facts.name, ())
        for event in scope.facts.events
    )


def loop_of(function: Function, value: int) -> tuple[int, int] | None:
    """Return the variable of a loop that a value is made from, with what the loop goes through, None for none."""
    values = function.facts.values
    waiting, seen = [value], set[int]()
    while waiting:
        current = waiting.pop()
        if current < 0 or current in seen:
            continue
        seen.add(current)
        node = values[current]
        if node.op == "element":
            view = view_of(function, node.args[0])
            return (current, view.args[0]) if view is not None else (current, node.args[0])
        if node.op in ("attr", "item", "index", "phi", "select", "template", "binary"):
            waiting.extend(reversed(node.args))
        elif node.op == "call":
            waiting.extend((*node.args[:1], *reversed(node.args[1:3])))
    return None


def values_of(resolver: Resolver, reference: Reference, item: Item | None, depth: int = 0) -> Iterator[Handed]:
    """Yield what a value may be for one item of a loop, without what is put around it."""
    function, node = reference.function, reference.node
    if depth > MAX_STEPS:
        return
    if item is not None and reference.value == item.element:
        entry = Reference(item.entry.function, item.entry.value)
        yield from values_of(resolver, entry, None, depth + 1)
    elif node.op in ("phi", "select"):
        for part in node.args[1 if node.op == "select" else 0 :]:
            yield from values_of(resolver, Reference(function, part), item, depth + 1)
    elif node.op == "call" and item is not None and (made := _made_for(resolver, reference, item)):
        yield from made
    elif node.op in ("item", "attr", "index") and item is not None and loop_of(function, reference.value) is not None:
        yield from _parts(resolver, reference, item, depth)
    elif node.op == "call" and len(node.args) > 1 and not node.names[0] and _wraps(resolver, reference):
        applied = Reference(function, node.args[0])
        inside = list(values_of(resolver, Reference(function, node.args[1]), item, depth + 1))
        known = [inner for inner in inside if _functions(resolver, inner)]
        # What only hands on to something that is not found says nothing of what the tool does.
        is_lost = not known and not _is_passed(reference) and _hands_on(resolver, applied)
        if not known and not is_lost:
            yield Handed(reference)
        for inner in inside if is_lost else known:
            yield inner._replace(around=(applied, *inner.around))
    else:
        yield Handed(reference)


def _made_for(resolver: Resolver, reference: Reference, item: Item) -> list[Handed]:
    """Return what a call gives for one item: `getattr(tools, f"do_{name}")`, or an object, as the class of it."""
    function, node = reference.function, reference.node
    if len(node.args) > 2 and resolver.external(function, node.args[0]) == GETATTR:
        name = text_of(resolver, Reference(function, node.args[2]), item)
        return [Handed(Reference(function, node.args[1]), (), name)] if name else []
    loop = loop_of(function, node.args[0])
    if loop is None or loop[0] != item.element:
        return []
    ways = list(values_of(resolver, Reference(function, node.args[0]), item))
    called = [target for way in ways for target in resolver.resolve(*_place(way))]
    return ways if called and all(target.kind == "class" for target in called) else []


def _place(way: Handed) -> tuple[Function, int]:
    return way.reference.function, way.reference.value


def text_of(resolver: Resolver, reference: Reference, item: Item) -> str:
    """Return the text that a value is for one item of a loop, "" where that is not seen."""
    function, node = reference.function, reference.node
    if node.op in ("template", "binary") and node.text in ("", "+"):
        parts = [text_of(resolver, Reference(function, part), item) for part in node.args]
        return "".join(parts) if all(parts) else ""
    if node.args and node.args[0] == item.element and node.op == "item" and node.text == "0" and item.entry.key:
        return item.entry.key
    texts = [_said(resolver, way) for way in values_of(resolver, reference, item)]
    return texts[0] if len(texts) == 1 else ""


def item_name(resolver: Resolver, declared: Reference, keywords: dict[str, int], handler: Handler) -> str:
    """Return the name that a loop gives the tool of one of its items, "" where it gives none."""
    node, item = declared.node, handler.item
    first = node.args[1] if len(node.args) > 1 and not node.names[0] and not keywords else -1
    given = keywords.get("name", first)
    return text_of(resolver, Reference(declared.function, given), item) if given >= 0 and item is not None else ""


def is_looped(declared: Reference, keywords: dict[str, int]) -> bool:
    """Tell whether a loop gives each of its tools a name: no function that makes them all has it."""
    return loop_of(declared.function, keywords["name"]) is not None


def _said(resolver: Resolver, way: Handed) -> str:
    """Return the text that a value is, or that a member of a class is in its objects."""
    if not way.member:
        return resolver.text(*_place(way)) or ""
    classes = [target.function for target in resolver.resolve(*_place(way)) if target.kind in ("class", "instance")]
    cls = classes[0] if len(classes) == 1 else None
    return own_text(resolver, cls, way.member) if cls is not None else ""


def _is_passed(reference: Reference) -> bool:
    """Tell whether what is wrapped is a parameter, which callers decide."""
    return parameter_of(reference.function, reference.node.args[1]) is not None


def _hands_on(resolver: Resolver, applied: Reference) -> bool:
    return any(is_wrapper(wrapper.body) for wrapper in wrappers_of(resolver, applied))


def _wraps(resolver: Resolver, reference: Reference) -> bool:
    function, node = reference.function, reference.node
    return bool(wrappers_of(resolver, Reference(function, node.args[0])))


def _parts(resolver: Resolver, reference: Reference, item: Item, depth: int) -> Iterator[Handed]:
    """Yield a part of an item: of a pair, of a record, of a table."""
    function, node = reference.function, reference.node
    view = view_of(function, function.facts.values[item.element].args[0])
    if node.op == "item" and node.args[0] == item.element and view is not None and view.text == "items":
        if node.text == "1":
            yield from values_of(resolver, Reference(item.entry.function, item.entry.value), None, depth + 1)
        return
    for whole in values_of(resolver, Reference(function, node.args[0]), item, depth + 1):
        part = part_of(resolver, whole.reference, reference)
        if part is not None:
            yield from values_of(resolver, part, None, depth + 1)
        elif node.op == "attr":
            yield Handed(whole.reference, whole.around, node.text)


def part_of(resolver: Resolver, whole: Reference, reference: Reference) -> Reference | None:
    """Return the component, entry or field of a value that another takes out of it, None where it is not seen."""
    node, made = reference.node, whole.node
    value = -1
    if node.op == "item" and made.op in ("tuple", "list") and int(node.text) < len(made.args):
        value = made.args[int(node.text)]
    elif node.op == "index" and made.op == "map":
        key = resolver.text(reference.function, node.args[1])
        keys = [resolver.text(whole.function, name) if name >= 0 else None for name in made.args[::2]]
        value = made.args[2 * keys.index(key) + 1] if key is not None and key in keys else -1
    elif node.op == "attr" and made.op == "call":
        value = argument_of(made, node.text, position_of(resolver, whole, node.text))
    return Reference(whole.function, value) if value >= 0 else None


def position_of(resolver: Resolver, made: Reference, field: str) -> int:
    """Return the position at which a record of the program is given a field, -1 where only its name tells."""
    for target in resolver.resolve(made.function, made.node.args[0]):
        if target.kind == "class" and target.function is not None and is_record(target.function):
            fields = [bound.removeprefix(": ") for bound in target.function.facts.names if bound.startswith(": ")]
            return fields.index(field) if field in fields else -1
    return -1


def _handlers(resolver: Resolver, handed: list[Handed], item: Item | None) -> list[Handler]:
    """Return the functions of several ways to hand one over; what only some of them put around it is optional.

    Of what is not found it is known what is put around it.
    """
    ways: dict[str, tuple[Function, list[tuple[Reference, ...]]]] = {}
    for way in handed:
        for function in _functions(resolver, way):
            if function.facts.name != "__init__":
                ways.setdefault(function.id, (function, []))[1].append(way.around)
    found = []
    for function, arounds in ways.values():
        common = tuple(applied for applied in arounds[0] if all(applied in around for around in arounds))
        optional = dict.fromkeys(applied for around in arounds for applied in around if applied not in common)
        found.append(Handler(function, common, tuple(optional), item))
    wrapped = [way.around for way in handed if way.around and not found]
    return found or [Handler(None, around, (), item) for around in wrapped[:1]]


def _prepared(resolver: Resolver, function: Function) -> list[Function]:
    """Return the functions that one runs which was lowered from a prepared call, else the function itself."""
    parameters = tuple((parameter.kind, parameter.name) for parameter in function.facts.parameters)
    calls = [function.facts.values[event.value] for event in function.calls()] if parameters == LEFT_OVER else []
    return [inner for call in calls[-1:] for inner, _ in resolver.functions(function, call.args[0])] or [function]


def _functions(resolver: Resolver, way: Handed) -> list[Function]:
    """Return what calling a value, or the member of it that is meant, runs."""
    reference = way.reference
    called = [
        function
        for found, _ in resolver.functions(reference.function, reference.value)
        for function in _prepared(resolver, found)
    ]
    if not way.member:
        return called
    found = [
        inner.function
        for target in resolver.resolve(reference.function, reference.value)
        if target.kind in ("class", "instance")
        for inner in member(resolver, target, way.member)
        if inner.kind in ("function", "bound") and inner.function is not None
    ]
    # What a decorator of the program's own made of a function keeps it: `tool.fn`.
    return found or called
