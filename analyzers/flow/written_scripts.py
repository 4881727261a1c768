"""Scripts that a function writes into a file, which it has an interpreter run afterwards."""

from collections.abc import Iterator

from analyzers.project.program import Function
from analyzers.project.resolve import Resolver

WRITES = frozenset({"write", "write_text", "writelines", "write_bytes"})
OPENERS = frozenset({"open", "fdopen", "Path"})
SAME = frozenset({"Path", "str", "fspath", "as_posix", "resolve", "absolute", "name", "open"})
MAX_DEPTH = 6


def scripts_in(resolver: Resolver, function: Function, file: int) -> Iterator[int]:
    """Yield the texts that a function writes into the file that one of its values names."""
    named = set(_files(function, file, 0))
    for event in function.facts.events:
        node = function.facts.values[event.value] if event.kind == "call" else None
        callee = function.facts.values[node.args[0]] if node is not None else None
        if node is None or callee is None or callee.op != "attr" or callee.text not in WRITES or len(node.args) < 2:
            continue
        written = set(_files(function, callee.args[0], 0))
        same = {resolver.text(function, value) for value in named} & {resolver.text(function, item) for item in written}
        if named & written or same - {None}:
            yield node.args[1]


def _files(function: Function, value: int, depth: int) -> Iterator[int]:
    """Yield a value and what it was opened from or made of, a path or a temporary file: all of them are one file."""
    if value < 0 or depth > MAX_DEPTH:
        return
    yield value
    node = function.facts.values[value]
    if node.op in ("enter", "await") or (node.op == "attr" and node.text in SAME):
        yield from _files(function, node.args[0], depth + 1)
    elif node.op == "call":
        callee = function.facts.values[node.args[0]]
        name = callee.text.rpartition("|")[2]
        if name in SAME and callee.op == "attr" and len(node.args) == 1:
            yield from _files(function, callee.args[0], depth + 1)
        elif name in OPENERS | SAME and len(node.args) > 1:
            yield from _files(function, node.args[1], depth + 1)
