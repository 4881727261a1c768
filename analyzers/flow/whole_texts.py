"""Whether a value is all of what a caller wrote, so that a condition on it is one on the whole."""

from analyzers.facts import Value
from analyzers.flow.labeling import Labeler
from analyzers.frameworks import files
from analyzers.frameworks.paths import canonical, is_path
from analyzers.project.program import Function

AS_WRITTEN = frozenset({"strip", "lstrip", "rstrip", "lower", "upper", "casefold", "title", "expanduser", "resolve"})
WRITTEN_BY = frozenset({"builtins.str", "os.fspath", *files.SAME, *files.RESOLVERS})
MAX_DEPTH = 8


def is_whole(labeler: Labeler, function: Function, value: int, depth: int = 0) -> bool:
    """Tell whether a value is all of the text that its labels stand for, not a word or a suffix of it."""
    node = function.facts.values[value]
    if depth > MAX_DEPTH:
        return False
    if node.op in ("phi", "or", "default", "await"):
        return all(part == value or is_whole(labeler, function, part, depth + 1) for part in node.args)
    if node.op == "index":
        base = function.facts.values[node.args[0]]
        return base.op in ("param", "attr", "name", "phi", "or") and function.facts.values[node.args[1]].op == "str"
    if node.op == "attr":
        names = labeler.resolver.externals(function, node.args[0])
        return function.facts.values[node.args[0]].op != "call" and not any(
            is_path(canonical(f"{name}.{node.text}")) for name in names
        )
    if node.op == "call":
        return _is_whole_call(labeler, function, node, depth)
    return node.op not in ("binary", "comprehension", "unknown", "item")


def _is_whole_call(labeler: Labeler, function: Function, node: Value, depth: int) -> bool:
    callee = function.facts.values[node.args[0]]
    if callee.op == "attr" and callee.text in AS_WRITTEN:
        return is_whole(labeler, function, callee.args[0], depth + 1)
    if callee.op == "attr" and callee.text in ("get", "pop"):
        return len(node.args) > 1 and function.facts.values[node.args[1]].op == "str"
    name = labeler.resolver.external(function, node.args[0])
    if name in WRITTEN_BY and len(node.args) > 1:
        return is_whole(labeler, function, node.args[-1], depth + 1)
    return not name and callee.op != "attr"


def stripped(function: Function, value: int) -> int:
    """Return what blanks were taken from: it is empty but for these where the rest is."""
    values, node = function.facts.values, function.facts.values[value]
    is_call = node.op == "call" and len(node.args) == 1
    callee = values[node.args[0]] if is_call else node
    return callee.args[0] if is_call and callee.op == "attr" and callee.text == "strip" else value
