"""Constants among results and among their parts, told by their kind: `true`, `false` or `none`."""

from analyzers.facts import Value
from analyzers.project.program import Function

# A kind that a caller asks for, and the kinds of constants that are of it.
KINDS = {"true": ("true",), "false": ("false", "none"), "none": ("none",), "some": ("true", "false")}


def part_of(function: Function, value: int, part: str) -> int:
    """Return the value at a position of a tuple, under a key of a map, or given for a field of an object; or -1."""
    node = function.facts.values[value]
    if node.op in ("tuple", "list") and part.isdigit() and "spread" not in _ops(function, node):
        return node.args[int(part)] if int(part) < len(node.args) else -1
    if node.op == "map":
        for key, entry in zip(node.args[::2], node.args[1::2], strict=True):
            if key >= 0 and function.facts.values[key].op == "str" and function.facts.values[key].text == part:
                return entry
    if node.op == "call" and part in node.names:
        return node.args[node.names.index(part) + 1]
    return -1


def _ops(function: Function, node: Value) -> set[str]:
    return {function.facts.values[item].op for item in node.args}


def constant_kind(function: Function, value: int) -> str | None:
    """Return `true`, `false` or `none` for a constant or a display, None for another value."""
    if value < 0:
        return "none"
    node = function.facts.values[value]
    if node.op == "bool":
        return node.text.lower()
    if node.op == "none":
        return "none"
    if node.op in ("str", "template", "map", "list", "tuple"):
        return "true" if node.text or node.args else "false"
    if node.op == "number":
        return "false" if node.text in ("0", "0.0") else "true"
    return None
