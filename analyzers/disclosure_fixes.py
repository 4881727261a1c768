"""Patches that answer with whether a secret is set, where the answer holds the secret itself."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from analyzers.finding import Edit
from analyzers.project.program import Function
from analyzers.rewrite import show_presence

MAX_DEPTH = 6
Shows = Callable[[Function, int], bool]


class _Table(NamedTuple):
    """A table or template, and which of its entries or holes show a secret."""

    value: int
    parts: tuple[int, ...]


def with_presence(function: Function, value: int, shows: Shows, text: bytes) -> tuple[Edit, ...]:
    """Return the edits of an answer, none where it shows a secret otherwise than in an entry or a hole."""
    if not shows(function, value):
        return ()
    try:
        tables = list(_tables(function, value, shows, MAX_DEPTH))
    except LookupError:
        return ()
    edits = [show_presence(text, function, table.value, table.parts) for table in tables]
    found = tuple(edit for edit in edits if edit is not None)
    return found if found and len(found) == len(edits) else ()


def _tables(function: Function, value: int, shows: Shows, depth: int) -> Iterator[_Table]:
    """Yield what shows the secrets of an expression; `LookupError` where something else does."""
    node = function.facts.values[value]
    if node.op in ("map", "template"):
        yield from _entries(function, value, shows, depth)
        return
    inner = node.args[1:] if node.op == "call" else node.args if node.op in ("list", "tuple") else ()
    showing = [item for item in inner if shows(function, item)]
    if not showing or not depth:
        raise LookupError(value)
    for item in showing:
        part = function.facts.values[item]
        if not node.start <= part.start <= part.end <= node.end:
            raise LookupError(item)
        yield from _tables(function, item, shows, depth - 1)


def _entries(function: Function, value: int, shows: Shows, depth: int) -> Iterator[_Table]:
    values = function.facts.values
    node = values[value]
    parts = node.args[1::2] if node.op == "map" else [part for part in node.args if values[part].op != "str"]
    own: list[int] = []
    for index, part in enumerate(parts):
        inside = node.start <= values[part].start and values[part].end <= node.end
        if not shows(function, part):
            continue
        if inside and values[part].op in ("map", "list", "template"):
            yield from _tables(function, part, shows, depth - 1)
        else:
            own.append(index)
    if own:
        yield _Table(value, tuple(own))
