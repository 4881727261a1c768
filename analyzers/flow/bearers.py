"""Identities that are handed on: a helper is given the token that its caller got, `verify(token)`."""

from typing import TYPE_CHECKING

from analyzers.flow.labels import ID, NONE, Labels
from analyzers.frameworks.identity import may_be_identity
from analyzers.project.program import Function
from analyzers.roles import Role, role_of

if TYPE_CHECKING:
    from analyzers.flow.labeling import Labeler


def handed_identity(labeler: "Labeler", function: Function, index: int) -> Labels:
    """Return the labels of a parameter that every call in the product gives a verified identity, or a part of one."""
    if not may_be_identity(function.facts.parameters[index].name):
        return NONE
    found: Labels = NONE
    for caller, argument in labeler.resolver.arguments(function, index):
        if role_of(caller.file.path) is Role.TEST:
            continue
        labels = labeler.labels(caller, argument)
        if not labels or not all(label == ID or label.startswith("claim:") for label in labels):
            return NONE
        found |= labels
    return found
