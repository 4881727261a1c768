"""Whose credential a token is that a service gives for what it is posted."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from analyzers.facts import Value
from analyzers.flow.labels import MARK, NONE, Labels, as_credential, credentials_of
from analyzers.frameworks import credentials
from analyzers.project.program import Function
from analyzers.project.targets import parameter_of

if TYPE_CHECKING:
    from analyzers.flow.labeling import Labeler

# What somebody was given for signing in, and is posted with the secret of the client that they did it at.
CODE, RENEWING = "code", "refresh_token"
MAX_HOPS = 3


def granted(labeler: "Labeler", function: Function, node: Value, arguments: Labels) -> Labels:
    """Return for what a request is answered with a token: a form that names a grant type, or a secret by its key."""
    posted = list(_posted(labeler, function, node))
    grant = any(name == "grant_type" for name, _ in posted)
    for name, value in posted if grant else ():
        labels = labeler.labels(function, value)
        is_brought = name == CODE and any(MARK in label for label in labels)
        if is_brought or (name == RENEWING and _is_kept_for_callers(labeler, function, value, MAX_HOPS)):
            return as_credential(labels)
    found = credentials_of(arguments) if grant else NONE
    for name, value in posted:
        if name in credentials.GRANTING:
            found |= as_credential(labeler.labels(function, value))
    return found


def _posted(labeler: "Labeler", function: Function, node: Value) -> Iterator[tuple[str, int]]:
    """Yield the entries of the tables that a request is given, by their constant keys."""
    for value in node.args[1:]:
        display = function.facts.values[value]
        for key, entry in zip(display.args[::2], display.args[1::2], strict=False) if display.op == "map" else ():
            name = labeler.resolver.text(function, key) if key >= 0 else None
            if name is not None:
                yield name, entry


def _is_kept_for_callers(labeler: "Labeler", function: Function, value: int, hops: int) -> bool:
    """Tell whether a value was found under something that a call brings: everybody has one of their own."""
    if any(MARK in label and label[0] == "d" for label in labeler.labels(function, value)):
        return True
    given = parameter_of(function, value) if hops else None
    return given is not None and any(
        _is_kept_for_callers(labeler, caller, argument, hops - 1)
        for caller, argument in labeler.resolver.arguments(*given)
    )
