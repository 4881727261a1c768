"""What of a URL still holds its user and password: not what stands behind the last `@`, nor one without any."""

from collections.abc import Iterator

from analyzers.facts import Value
from analyzers.project.program import Function

# Method -> the positions of what stands behind the sign.
TAILS = {"split": ("1", "-1"), "rsplit": ("1", "-1"), "partition": ("2", "-1"), "rpartition": ("2", "-1")}
SIGN = "@"


def is_behind_user(function: Function, node: Value, position: str) -> bool:
    """Tell whether one part of a value, a URL that is cut at `@`, is what stands behind the user in it."""
    if node.op != "call" or len(node.args) < 2:
        return False
    callee, sign = function.facts.values[node.args[0]], function.facts.values[node.args[1]]
    cuts = callee.op == "attr" and sign.op == "str" and sign.text == SIGN
    return cuts and position in TAILS.get(callee.text, ())


def ways_with_user(function: Function, value: int) -> list[int]:
    """Return the operands of a choice but for a URL on the way on which no `@` is in it."""
    node = function.facts.values[value]
    if node.op == "select":
        operands = node.args[1:]
        outcomes = [[(node.args[0], True)], [(node.args[0], False)]]
    else:
        operands = node.args
        outcomes = [list(_decided(function, end)) for end in function.facts.joins.get(value, ())]
    if len(outcomes) != len(operands):
        return list(operands)
    return [
        operand
        for operand, decided in zip(operands, outcomes, strict=True)
        if not any(_is_without(function, condition, operand, truth=truth) for condition, truth in decided)
    ]


def _decided(function: Function, end: int) -> Iterator[tuple[int, bool]]:
    for event in function.chain(end):
        if event.kind in ("true", "false"):
            yield event.value, event.kind == "true"


def _is_without(function: Function, condition: int, operand: int, *, truth: bool) -> bool:
    """Tell whether a condition of known outcome says that there is no `@` in a value."""
    node = function.facts.values[condition]
    if node.op == "not":
        return _is_without(function, node.args[0], operand, truth=not truth)
    if node.op != "compare" or node.text not in ("in", "not-in") or node.args[1] != operand:
        return False
    sign = function.facts.values[node.args[0]]
    return sign.op == "str" and sign.text == SIGN and (node.text == "not-in") == truth
