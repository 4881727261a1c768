"""The labels of credentials that calls make, and of what calls are given."""

from typing import TYPE_CHECKING

from analyzers.facts import Value
from analyzers.flow.labels import BEARER, ID, NONE, Labels, as_credential, credentials_of
from analyzers.frameworks import credentials
from analyzers.project.program import Function
from analyzers.project.targets import argument_of

if TYPE_CHECKING:
    from analyzers.flow.labeling import Labeler


MAX_PARTS = 20


def made_credential(labeler: "Labeler", function: Function, node: Value, name: str) -> Labels | None:
    """Return the labels of a credential that a call makes or opens, None for any other call."""
    if name in credentials.AMBIENT_CALLS:
        explicit = credentials_of(given(labeler, function, node) | labeler.labels(function, node.args[0]))
        return as_credential(explicit) or frozenset({f"ambient:{credentials.AMBIENT_CALLS[name]}"})
    if name in credentials.DELEGATED:
        tokens = [argument_of(node, keyword, index) for index, keyword in enumerate(credentials.DELEGATED[name])]
        return labeler.union(function, [token for token in tokens if token >= 0])
    # The key of a cipher opens what it is about, and authenticates nobody.
    return given(labeler, function, node) if name.endswith(credentials.CIPHERS) else None


def given(labeler: "Labeler", function: Function, call: Value) -> Labels:
    """Return the labels of a call's arguments; a keyword for credentials uses its value as one."""
    found = NONE
    for name, argument in zip(call.names, call.args[1:], strict=True):
        labels = labeler.labels(function, argument)
        if name in credentials.OBJECT_NAMES:
            # What an object is called by authenticates nobody; one named by the caller's token is still the caller's.
            found |= frozenset(ID if label == BEARER else label for label in labels)
        else:
            found |= as_credential(labels) if name and credentials.carries_credential(name) else labels
    return found


def given_to(labeler: "Labeler", function: Function, call: Value) -> Labels:
    """Return the labels of what all calls on the object of a method are given, and on what these give.

    `session.commit()` writes what was read with `session.query(User).filter(...)` and changed since.
    """
    values = function.facts.values
    receiver = values[call.args[0]].args[0] if values[call.args[0]].op == "attr" else -1
    if receiver < 0:
        return NONE
    calls = (values[event.value] for event in function.calls())
    on_it = (node for node in calls if receiver in function.made_of(node.args[0], most=MAX_PARTS))
    return labeler.union(function, [argument for node in on_it for argument in node.args[1:]])
