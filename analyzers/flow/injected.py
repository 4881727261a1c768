"""What a framework gives parameters by itself: dependencies, and the headers of the request."""

from typing import TYPE_CHECKING

from analyzers.flow.labels import AUTHORIZATION, CONTEXT, MARK, NONE, Labels
from analyzers.frameworks import fastapi, mcp
from analyzers.project.program import Function
from analyzers.project.targets import argument_of
from analyzers.project.wrapping import INJECTORS, added_to

if TYPE_CHECKING:
    from analyzers.flow.labeling import Labeler

INJECTED: Labels = frozenset({"injected"})


def injected(labeler: "Labeler", function: Function, index: int) -> Labels:
    """Return the labels of a parameter that the framework fills, empty for one that callers do."""
    parent, parameter = function.parent, function.facts.parameters[index]
    if parent is None:
        return NONE
    default, annotation = parameter.default, parameter.annotation
    given = (default,) if default >= 0 and parent.facts.values[default].op == "call" else ()
    added = added_to(parent, annotation) if annotation >= 0 and parent.facts.values[annotation].op == "index" else ()
    for value in (*given, *added):
        found = _given(labeler, parent, value, parameter.name)
        if found:
            return found
    return NONE


def _given(labeler: "Labeler", parent: Function, value: int, parameter: str) -> Labels:
    node = parent.facts.values[value]
    if node.op != "call":
        return NONE
    name = labeler.resolver.external(parent, node.args[0])
    last = name.rpartition(".")[2]
    if last in INJECTORS and len(node.args) > 1:
        found = _provided(labeler, parent, node.args[1])
        return found or INJECTED
    if name in fastapi.HEADERS:
        return _header(labeler.resolver.text(parent, argument_of(node, fastapi.ALIAS, -1)) or parameter)
    if mcp.is_framework(name):
        return labeler.labels(parent, value) or frozenset({CONTEXT})
    return NONE


def _provided(labeler: "Labeler", parent: Function, provider: int) -> Labels:
    """Return the labels of what a dependency gives: a function of the program, or what reads a credential."""
    scheme = labeler.resolver.external(parent, provider)
    if scheme.startswith(fastapi.SCHEMES):
        return frozenset({AUTHORIZATION})
    found = NONE
    for function, _ in labeler.resolver.functions(parent, provider):
        found |= frozenset(label for label in labeler.summaries.returns(function) if MARK not in label)
    return found


def _header(name: str) -> Labels:
    return frozenset({f"header:{name.lower().replace('_', '-')}"})
