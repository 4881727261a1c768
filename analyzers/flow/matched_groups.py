"""What a group of a match can look like: `re.match("https://([a-z]+)[.]example", url).group(1)` is one word."""

from typing import TYPE_CHECKING

from analyzers.facts import Value
from analyzers.flow.alphabets import group_of
from analyzers.flow.labels import Labels
from analyzers.flow.matching import COMPILED, MATCHES, match_of
from analyzers.project.program import Function

if TYPE_CHECKING:
    from analyzers.flow.labeling import Labeler

GROUP = "().group"
METHODS = (*COMPILED, *(f"{name}()" for name in MATCHES))


def is_group(name: str) -> bool:
    """Tell whether a function gives a group of a match."""
    return name.endswith(GROUP) and name.startswith(METHODS)


def left_in(labeler: "Labeler", function: Function, node: Value) -> tuple[Labels, frozenset[str]] | None:
    """Return what a group is cut out of and which special characters it can hold; None where that is not known."""
    receiver = function.facts.values[function.facts.values[node.args[0]].args[0]]
    name = labeler.resolver.external(function, receiver.args[0]) if receiver.op == "call" else ""
    found = match_of(labeler, function, receiver, name) if name else None
    if found is None or len(node.args) > 2:
        return None
    group = labeler.resolver.text(function, node.args[1]) if len(node.args) > 1 else "0"
    number = function.facts.values[node.args[1]].text if len(node.args) > 1 and group is None else group
    held = group_of(found.pattern, found.flags, number or "0")
    return (labeler.labels(function, found.subject), held) if held is not None else None
