"""What a call passes by `**table`, where the table is made in the same function."""

from collections.abc import Iterator

from analyzers.facts import Value
from analyzers.project.program import Function
from analyzers.project.resolve import Resolver


def spread_keywords(resolver: Resolver, function: Function, node: Value) -> dict[str, int]:
    """Return values by keyword; of several for one the last that is put in."""
    return {name: given[-1] for name, given in spread_values(resolver, function, node).items()}


def spread_values(resolver: Resolver, function: Function, node: Value) -> dict[str, list[int]]:
    """Return all values by keyword, in the order in which they are put in."""
    values = function.facts.values
    found: dict[str, list[int]] = {}
    for keyword, table in zip(node.names, node.args[1:], strict=True):
        if keyword != "**":
            continue
        tables = {table, *(values[table].args if values[table].op == "phi" else ())}
        for made in tables:
            for name, value in _written(resolver, function, made):
                found.setdefault(name, []).append(value)
        entries: list[tuple[int, int]] = []
        for event in function.facts.events:
            place = values[event.target] if event.kind == "store" and event.text == "[]" else None
            if place is not None and place.args[0] in tables:
                entries.append((place.args[1], event.value))
        for key, value in entries:
            told = resolver.text(function, key) if key >= 0 else None
            if told is not None:
                found.setdefault(told, []).append(value)
    return found


def with_spread(resolver: Resolver, function: Function, node: Value) -> Value:
    """Return a call with what it passes by `**table` as keywords of its own, too."""
    if "**" not in node.names:
        return node
    found = {name: value for name, value in spread_keywords(resolver, function, node).items() if name not in node.names}
    return Value("call", "", (*node.args, *found.values()), (*node.names, *found), node.start, node.length)


def written_keyword(resolver: Resolver, function: Function, node: Value, keyword: str) -> int:
    """Return what a table that a call spreads is made with under a keyword, -1 for nothing."""
    for name, table in zip(node.names, node.args[1:], strict=True):
        for key, value in _written(resolver, function, table) if name == "**" else ():
            if key == keyword:
                return value
    return -1


def spread_tables(function: Function, node: Value) -> list[int]:
    """Return the tables that a call passes by `**table`, of a choice each: `**(options() if hosted else {})`."""
    found: list[int] = []
    for keyword, table in zip(node.names, node.args[1:], strict=True):
        made = function.facts.values[table]
        chosen = made.args[1:] if made.op == "select" else made.args if made.op in ("phi", "or") else (table,)
        found.extend(chosen if keyword == "**" else ())
    return found


def _written(resolver: Resolver, function: Function, table: int) -> Iterator[tuple[str, int]]:
    """Yield what a table is written with: `{"host": host}`, `dict(host=host)`."""
    node = function.facts.values[table]
    if node.op == "map":
        for key, value in _pairs(node):
            name = resolver.text(function, key) if key >= 0 else None
            if name is not None:
                yield name, value
    elif node.op == "call" and resolver.external(function, node.args[0]) == "builtins.dict":
        yield from ((name, value) for name, value in zip(node.names, node.args[1:], strict=True) if name.isidentifier())


def _pairs(table: Value) -> Iterator[tuple[int, int]]:
    return zip(table.args[::2], table.args[1::2], strict=True)
