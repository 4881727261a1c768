"""Who decides which of several constants a function returns: `if "admin" in roles: return Role.ADMIN`."""

from typing import TYPE_CHECKING

from analyzers.flow.labels import ID, NONE, Labels, is_identity
from analyzers.project.program import Function

if TYPE_CHECKING:
    from analyzers.flow.labeling import Labeler

# What a constant is written as: a member of an enumeration, a name, a text, a number.
CONSTANTS = ("attr", "name", "import", "str", "number")


def deciding(labeler: "Labeler", function: Function) -> Labels:
    """Return the identity, and the claims of it, on which depends which of its constants a function returns."""
    returns = [event for event in function.facts.events if event.kind == "return" and event.value >= 0]
    nodes = [function.facts.values[event.value] for event in returns]
    written = {(node.op, node.text) for node in nodes if node.op in CONSTANTS}
    if len(written) < 2 or any(_is_made(labeler, function, event.value) for event in returns):
        return NONE
    tests = {
        step.value
        for event in returns
        for step in function.chain(event.dominator)
        if step.kind in ("true", "false") and step.value >= 0
    }
    found = labeler.union(function, sorted(tests))
    return identity_of(found) if is_identity(found) else NONE


def identity_of(labels: Labels) -> Labels:
    """Return the identity and the claims among labels, which a value has that was chosen by them."""
    return frozenset(label for label in labels if label == ID or label.startswith("claim:"))


def _is_made(labeler: "Labeler", function: Function, value: int) -> bool:
    """Tell whether a result is more than a constant: what is made of other things is known by them."""
    node = function.facts.values[value]
    return node.op not in (*CONSTANTS, "none", "bool") or bool(labeler.labels(function, value))
