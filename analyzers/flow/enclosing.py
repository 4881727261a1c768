"""What functions that register tools are given: the program's own, which those they make compare with."""

from typing import TYPE_CHECKING

from analyzers.flow.labels import MARK, Labels, index_of, owner_of
from analyzers.project.program import Function

if TYPE_CHECKING:
    from analyzers.flow.labeling import Labeler

MAX_CALLERS = 3


def without_own(labeler: "Labeler", function: Function, labels: Labels) -> Labels:
    """Return labels without parameters of functions around one, where the program itself gives all they are."""
    if not any(MARK in label and owner_of(label) != function.id for label in labels):
        return labels
    around: dict[str, Function] = {}
    scope = function.parent
    while scope is not None:
        around[scope.id] = scope
        scope = scope.parent
    return frozenset(
        label
        for label in labels
        if MARK not in label
        or owner_of(label) not in around
        or not _is_own(labeler, around[owner_of(label)], index_of(label), MAX_CALLERS)
    )


def _is_own(labeler: "Labeler", owner: Function, index: int, depth: int) -> bool:
    """Tell whether all that calls pass for a parameter is the program's; what is decorated may have other callers."""
    given = labeler.resolver.arguments(owner, index)
    if depth == 0 or not given or owner.facts.decorators:
        return False
    return all(
        owner_of(label) == caller.id and _is_own(labeler, caller, index_of(label), depth - 1)
        for caller, argument in given
        for label in labeler.labels(caller, argument)
        if MARK in label
    )
