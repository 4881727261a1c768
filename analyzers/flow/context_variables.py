"""What context variables hold: whatever the program sets the same variable to."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from analyzers.flow.carried import carried
from analyzers.flow.labels import MARK, NONE, Labels, of_request
from analyzers.flow.passing import passes_on
from analyzers.flow.token_records import entry_labels
from analyzers.project.context_variables import set_to
from analyzers.project.program import Function

if TYPE_CHECKING:
    from analyzers.flow.labeling import Labeler


def context_variable(labeler: "Labeler", function: Function, variable: int) -> Labels:
    """Return the labels of everything the program sets a context variable to."""
    return kept_labels(labeler, set_to(labeler.resolver.program, function, variable))


def kept_labels(labeler: "Labeler", kept: Iterable[tuple[Function, int]]) -> Labels:
    """Return the labels of values that others find where functions keep them for the length of a request."""
    found: set[str] = set()
    for caller, value in kept:
        labels = labeler.labels(caller, value)
        entry = entry_of(labeler, caller, value)
        if entry:
            found |= entry
            continue
        found.update(label for label in labels if MARK not in label)
        found.update(carried(labeler.resolved(labels)))
        found.update(of_request(labels, caller) if _lets_on(caller) else ())
    return frozenset(found)


def _lets_on(function: Function) -> bool:
    """Tell whether a function runs what it is given, as a hook does with the rest of a request."""
    values = function.facts.values
    return any(values[values[event.value].args[0]].op == "param" for event in function.calls())


def entry_of(labeler: "Labeler", function: Function, value: int, name: str = "") -> Labels:
    """Return the labels of what a middleware keeps of the entry that it looked up by the credential of a request."""
    if not any(passes_on(function, event.value) for event in function.calls()):
        return NONE
    return entry_labels(labeler, function, value, name)
