"""Conditions on a destination that compare it with something that is given as well: a helper's `allowed`."""

from collections.abc import Iterator

from analyzers.facts import Value
from analyzers.flow.destinations import HOLDS, Condition, tainted, variants
from analyzers.flow.labeling import Labeler
from analyzers.project.program import Function


def listed_conditions(labeler: Labeler, function: Function, value: int, truth: bool) -> Iterator[Condition]:
    """Yield what a comparison of two values that are both given says of each: callers say which of them is chosen."""
    node = function.facts.values[value]
    if node.op != "compare" or (node.text in ("==", "in")) != truth or node.text not in ("==", "!=", "in", "not-in"):
        return
    for left, right in _parts_of_tuples(function, node):
        on, against = tainted(labeler.labels(function, left)), tainted(labeler.labels(function, right))
        if not on or not against or on & against:
            continue
        for one, other in ((on, against), (against, on)) if node.text in ("==", "!=") else ((on, against),):
            if not variants(one) <= {"s"}:
                yield Condition(one, HOLDS, other)


def _parts_of_tuples(function: Function, node: Value) -> list[tuple[int, int]]:
    """Return what a comparison compares, of two tuples their items one by one."""
    left, right = (function.facts.values[part] for part in node.args)
    if node.text in ("==", "!=") and left.op == right.op == "tuple" and len(left.args) == len(right.args):
        return list(zip(left.args, right.args, strict=True))
    return [(node.args[0], node.args[1])]
