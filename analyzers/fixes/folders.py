"""The folder of the code's own that a path of a function begins with."""

from collections.abc import Iterator

from analyzers.facts import Value
from analyzers.flow.labels import MARK, Labels
from analyzers.frameworks import files
from analyzers.project.program import Function
from analyzers.project.targets import argument_of
from analyzers.rule import Analysis

MAX_DEPTH = 8
SAME = files.SAME | files.RESOLVERS | {"builtins.str"}


def own_folder(analysis: Analysis, function: Function, value: int) -> str:
    """Return the name of the folder that a path lies in, wherever it was put together; "" where none is its own.

    It is a name that the function binds once, and not all that callers choose of the path.
    """
    found = {_name(function, base) for base in _bases(analysis, function, value, 0)}
    name = found.pop() if len(found) == 1 else ""
    if not name:
        return ""
    (base,) = function.facts.names[name]
    chosen = _chosen(analysis.flow.labeler.labels(function, value))
    return name if chosen - _chosen(analysis.flow.labeler.labels(function, base)) else ""


def operand_of(function: Function, call: Value, position: int, keyword: str) -> int:
    """Return the value that a call takes for a path, -1 where it takes none."""
    if position == files.RECEIVER:
        callee = function.facts.values[call.args[0]]
        return callee.args[0] if callee.op == "attr" else -1
    return argument_of(call, keyword, position)


def _bases(analysis: Analysis, function: Function, value: int, depth: int) -> Iterator[int]:
    """Yield what a path begins with on each way that it may have been made, -1 where that is not known."""
    node = function.facts.values[value] if value >= 0 else None
    if node is None or depth > MAX_DEPTH:
        yield -1
    elif node.op == "binary" and node.text == "/":
        yield from _begun(analysis, function, node.args[0], depth)
    elif node.op == "element":
        fillings = analysis.flow.labeler.fillings(function).get(node.args[0], ())
        yield from () if fillings else (-1,)
        for filling in fillings:
            yield from _bases(analysis, function, filling.value, depth + 1)
    elif node.op == "phi":
        for part in node.args:
            yield from _bases(analysis, function, part, depth + 1)
    elif node.op == "call":
        yield from _called(analysis, function, node, depth)
    else:
        yield -1


def _begun(analysis: Analysis, function: Function, value: int, depth: int) -> Iterator[int]:
    """Yield what the first part of a joined path begins with, the part itself where it was not joined."""
    joined = list(_bases(analysis, function, value, depth + 1))
    yield from (value,) if -1 in joined else joined


def _called(analysis: Analysis, function: Function, node: Value, depth: int) -> Iterator[int]:
    callee = function.facts.values[node.args[0]]
    name = analysis.flow.resolver.external(function, node.args[0])
    if name in files.JOINS | files.SAME and len(node.args) > 2:
        yield from _begun(analysis, function, node.args[1], depth)
    elif name in SAME and len(node.args) == 2:
        yield from _bases(analysis, function, node.args[1], depth + 1)
    elif callee.op == "attr" and callee.text in files.SAME_METHODS:
        yield from _bases(analysis, function, callee.args[0], depth + 1)
    elif callee.op == "attr" and callee.text == "joinpath" and len(node.args) > 1:
        yield from _begun(analysis, function, callee.args[0], depth)
    else:
        yield from _returned(analysis, function, node, depth)


def _returned(analysis: Analysis, function: Function, node: Value, depth: int) -> Iterator[int]:
    """Yield what is passed for the parameter that the paths of a function of the program begin with."""
    callees = analysis.flow.resolver.functions(function, node.args[0])
    if len(callees) != 1 or depth == MAX_DEPTH:
        yield -1
        return
    callee, owner = callees[0]
    for event in callee.facts.events:
        if event.kind == "return":
            for base in _bases(analysis, callee, event.value, depth + 1):
                given = callee.facts.values[base] if base >= 0 else None
                is_given = given is not None and given.op == "param" and base < len(callee.facts.parameters)
                shift = 0 if owner is None else 1
                yield argument_of(node, callee.facts.parameters[base].name, base - shift) if is_given else -1


def _name(function: Function, value: int) -> str:
    """Return the name that stands for a value in its function and for nothing else there, "" where there is none."""
    names = (name for name, bound in function.facts.names.items() if bound == (value,) and name.isidentifier())
    return next(names, "") if value >= 0 else ""


def _chosen(labels: Labels) -> set[str]:
    """Return the parameters that labels name, whatever was made of them."""
    return {label[1:] for label in labels if MARK in label}
