"""Low-level handlers: one function serves every tool, and tells them apart by name.

The ways are comparisons (`if`, `match`), a table of functions, `getattr` with a prefix, and handing the name on.
"""

from collections.abc import Iterable, Iterator

from analyzers.facts import Value
from analyzers.project.branches import Branch, Way, constants_of, respelt, subjects_of
from analyzers.project.program import Function
from analyzers.project.resolve import Resolver
from analyzers.project.tabled import tabled
from analyzers.project.targets import taking

MAX_HOPS = 4


def branches(resolver: Resolver, function: Function) -> list[Branch]:
    """Return a branch for each name that a low-level handler tells apart, in the order of the source.

    One of them is unresolved where other names are looked up in a table that is not seen.
    """
    subject = subjects_of(function, _name_parameter(function))
    return branches_of([Way(resolver, function, subject, (), frozenset({function.id}))])


def branches_of(ways: Iterable[Way]) -> list[Branch]:
    """Return a branch for each name that is told apart on some ways."""
    found: dict[str, Branch] = {}
    for branch in (branch for way in ways for branch in _branches(way)):
        if branch.name not in found or _says_more(branch, found[branch.name]):
            found[branch.name] = branch
    return list(found.values())


def _says_more(branch: Branch, known: Branch) -> bool:
    """Tell whether a branch shows what runs where a known one does not, or one that only makes an object."""
    if known.handler is None:
        return branch.handler is not None and not known.via
    is_made = known.handler.facts.name == "__init__"
    return is_made and (branch.handler is None or branch.handler.facts.name != "__init__")


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
    found = subjects_of(function, parameter)
    # What is given the parameters of a request, `(ctx, params)`, is given no name beside them.
    asked = [value for value in found if function.facts.values[value].op in ("attr", "index")]
    return frozenset(value for value in found if value != parameter or not asked)


def _name_parameter(function: Function) -> int:
    """Return the index of the first parameter that is not the receiver."""
    return 1 if function.facts.kind == "method" else 0


def _branches(way: Way) -> Iterator[Branch]:
    function = way.function
    inner = any(other.parent is function and other.facts.kind == "function" for other in function.file.functions)
    events = [event if way.request is None or way.request.is_alive(event) else None for event in function.facts.events]
    for event in events:
        if event is not None and event.kind == "true":
            for name in _compared_names(way, event.value):
                yield Branch(name, function, way.subject, way.resolver, via=way.via, request=way.request)
    for index, event in enumerate(events):
        if event is not None and event.kind == "call":
            node = function.facts.values[event.value]
            yield from tabled(way, index, node)
            yield from _handed_on(way, index, node)
            yield from _enclosed(way, index, node) if inner else ()


def _compared_names(way: Way, value: int) -> Iterator[str]:
    function, waiting = way.function, [value]
    while waiting:
        node = function.facts.values[waiting.pop()]
        if node.op in ("and", "or"):
            waiting.extend(reversed(node.args))
        elif node.op == "compare" and node.text in ("==", "in") and node.args[0] in way.subject:
            yield from filter(None, constants_of(way.resolver, function, node.args[1]) or ())


def _handed_on(way: Way, index: int, node: Value) -> Iterator[Branch]:
    given = any(argument in way.subject for argument in node.args[1:])
    if len(way.via) >= MAX_HOPS or not given or _renames(way, index):
        return
    for callee, receiver in way.resolver.functions(way.function, node.args[0]):
        if callee.id in way.seen:
            continue
        for position in taking(callee, node, way.subject, has_receiver=receiver is not None):
            yield from _branches(way.on_to(callee, position, index))


def _renames(way: Way, index: int) -> bool:
    """Tell whether the name goes on as what a call makes of it: `name, arguments = renamed(name, arguments)`."""
    values, event = way.function.facts.values, way.function.facts.events[index]
    made = [part for value in way.subject if values[value].op == "phi" for part in values[value].args]
    return any(event.value in way.function.made_of(part, most=2) for part in made if part not in way.subject)


def _enclosed(way: Way, index: int, node: Value) -> Iterator[Branch]:
    """Yield the branches of a function that is defined and called in one that has the name, and so knows it, too."""
    function = way.function
    names = {function.facts.values[value].text for value in way.subject if function.facts.values[value].op == "param"}
    if len(way.via) >= MAX_HOPS or not names:
        return
    for callee, _ in way.resolver.functions(function, node.args[0]):
        if callee.parent is function and callee.id not in way.seen:
            values = enumerate(callee.facts.values)
            free = [value for value, found in values if found.op == "free" and found.text in names]
            if free:
                yield from _branches(way.into(callee, (*free, *respelt(callee, free)), index))
