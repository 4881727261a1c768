"""Paths that are taken apart at their separators, and each segment compared: `any(part == ".." for part in parts)`."""

from collections.abc import Iterator

from analyzers.facts import Value
from analyzers.flow.destinations import Condition
from analyzers.flow.labeling import Labeler
from analyzers.flow.labels import MARK
from analyzers.flow.prefixes import DOTS, texts_of
from analyzers.frameworks.paths import is_path
from analyzers.project.program import Function

SPLITTERS = frozenset({"split", "rsplit"})
SEPARATORS = frozenset({"/", "\\"})


def segment_conditions(labeler: Labeler, function: Function, node: Value, truth: bool) -> Iterator[Condition]:
    """Yield what a comparison that failed says of a path whose segments are compared one after the other."""
    if (node.text in ("==", "in")) == truth:
        return
    sides = (node.args, node.args[::-1]) if node.text in ("==", "!=") else (node.args,)
    for segment, other in sides:
        part = function.facts.values[segment]
        is_segment = part.op == "element" and _is_segmented(labeler, function, part.args[0])
        if is_segment and ".." in texts_of(labeler, function, other):
            on = frozenset(label for label in labeler.labels(function, segment) if MARK in label)
            yield from (Condition(on, DOTS),) if on else ()


def _is_segmented(labeler: Labeler, function: Function, value: int) -> bool:
    """Tell whether a value is all segments of a path: `path.parts`, or a text split at a separator."""
    node = function.facts.values[value]
    if node.op == "attr":
        return node.text == "parts" and is_path(labeler.resolver.external(function, value))
    callee = function.facts.values[node.args[0]] if node.op == "call" else node
    if node.op != "call" or callee.op != "attr" or callee.text not in SPLITTERS or len(node.args) != 2:
        return False
    return not SEPARATORS.isdisjoint(texts_of(labeler, function, node.args[1]))
