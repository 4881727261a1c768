"""Tables and objects that claims are kept in: that there is one says of a caller that it is known, and no more."""

from analyzers.flow.labels import Labels
from analyzers.project.program import Function
from analyzers.project.resolve import Resolver

CLAIM = "claim:"
HOLDING = ("display", "composed", "instance")


def holds_claims(resolver: Resolver, function: Function, value: int, labels: Labels) -> bool:
    """Tell whether a value is a table or an object of the program that claims are in, and none of them itself."""
    if not any(label.startswith(CLAIM) for label in labels):
        return False
    return any(target.kind in HOLDING and target.function is not None for target in resolver.resolve(function, value))


def without_claims(labels: Labels) -> Labels:
    """Return labels without those of claims."""
    return frozenset(label for label in labels if not label.startswith(CLAIM))
