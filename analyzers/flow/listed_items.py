"""Items that a comprehension only takes where a list of the program has them: `[k for k in data if k in KNOWN]`."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from analyzers.facts import Event, Value
from analyzers.flow.labels import Labels, is_sent, with_variant
from analyzers.project.program import Function

if TYPE_CHECKING:
    from analyzers.flow.labeling import Labeler

# Of a text `in` asks for a part, which says nothing of the whole.
TEXTS = frozenset({"str", "template", "bytes"})


def as_listed(labeler: "Labeler", function: Function, node: Value, labels: Labels) -> Labels:
    """Return the labels of what a comprehension goes through, plain where it is found in a list of the program's."""
    return with_variant(labels, "w") if labels and _is_listed(labeler, function, node) else labels


def _is_listed(labeler: "Labeler", function: Function, node: Value) -> bool:
    values = function.facts.values
    for event in function.facts.events:
        if event.kind in ("true", "false"):
            for item, listed in _compared(function, event):
                if values[item] == node and _is_own(labeler, function, listed) and _filters(function, event, node):
                    return True
    return False


def _compared(function: Function, event: Event) -> Iterator[tuple[int, int]]:
    """Yield what a condition that holds finds in something, with that."""
    values = function.facts.values
    node = values[event.value]
    parts = node.args if node.op == "and" and event.kind == "true" else (event.value,)
    for part in parts:
        compared = values[part]
        if compared.op == "compare" and compared.text == ("in" if event.kind == "true" else "not-in"):
            yield compared.args[0], compared.args[1]


def _is_own(labeler: "Labeler", function: Function, listed: int) -> bool:
    """Tell whether no caller has a part in a list."""
    is_list = function.facts.values[listed].op not in TEXTS
    return is_list and not any(map(is_sent, labeler.labels(function, listed)))


def _filters(function: Function, event: Event, node: Value) -> bool:
    """Tell whether a condition stands in the comprehension that an item belongs to."""
    return any(
        made.op == "comprehension" and made.start <= event.start < made.end and made.start <= node.start < made.end
        for made in function.facts.values
    )
