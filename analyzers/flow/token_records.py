"""What a caller's credential is registered for: `if tool not in record_of(token)["tools"]`."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from analyzers.facts import Value
from analyzers.flow.labels import TOKENS
from analyzers.frameworks.credentials import names_credential
from analyzers.project.program import Function
from analyzers.project.targets import argument_of, parameter_of

if TYPE_CHECKING:
    from analyzers.flow.conditions import GuardReader

HEADER = "header:"
QUESTIONS = ("compare", "not")
CONSTANTS = ("none", "str", "bool", "number")
# The parameter of a route that a web framework fills from a header of its name.
INJECTED = frozenset({"fastapi.Header", "fastapi.param_functions.Header", "fastapi.params.Header", "fastapi.Security"})
# Methods that find something by what they are given, or compare it.
LOOKUPS = ("get", "pop", "execute", "fetchrow", "fetchone", "fetch_one", "find_one", "get_item", "compare_digest")
MAX_HOPS = 3
MAX_PARTS = 40


def is_registered(reader: "GuardReader", function: Function, value: int) -> bool:
    """Tell whether a value was looked up by the credential of whoever calls: as what it is, not that there is one."""
    for part in function.made_of(value, most=MAX_PARTS):
        node = function.facts.values[part]
        if node.op != "call":
            continue
        presented = [argument for argument in node.args[1:] if _is_presented(reader, function, argument, MAX_HOPS)]
        for callee, owner in reader.resolver.functions(function, node.args[0]) if presented else ():
            first = 0 if owner is None else 1
            for index, parameter in enumerate(callee.facts.parameters):
                given = argument_of(node, parameter.name, index - first)
                if given in presented and _asks(reader, callee, index, MAX_HOPS):
                    return True
    return False


def _is_presented(reader: "GuardReader", function: Function, value: int, hops: int) -> bool:
    """Tell whether a value is the credential that came with the request, through those that hand it on."""
    labels = reader.labeler.labels(function, value)
    names = (label[len(HEADER) :] for label in labels if label.startswith(HEADER))
    if not TOKENS.isdisjoint(labels) or any(map(names_credential, names)):
        return True
    for part in function.made_of(value, most=MAX_PARTS) if hops else ():
        given = parameter_of(function, part)
        if given is not None and (
            _is_injected(reader, *given)
            or any(_is_presented(reader, *passed, hops - 1) for passed in reader.resolver.arguments(*given))
        ):
            return True
    return False


def _is_injected(reader: "GuardReader", function: Function, index: int) -> bool:
    """Tell whether a framework fills a parameter from a header for credentials: `authorization: str = Header(None)`."""
    parameter, parent = function.facts.parameters[index], function.parent
    node = parent.facts.values[parameter.default] if parent is not None and parameter.default >= 0 else None
    if parent is None or node is None or node.op != "call":
        return False
    is_header = not INJECTED.isdisjoint(reader.resolver.externals(parent, node.args[0]))
    return is_header and (parameter.name == "authorization" or names_credential(parameter.name))


def _asks(reader: "GuardReader", function: Function, index: int, hops: int) -> bool:
    """Tell whether a function compares what it is given with what is known, or looks it up, here or in one it calls."""
    return any(
        _compares(reader, function, node, index) or _hands_on(reader, function, node, index, hops)
        for node in function.facts.values
    )


def _compares(reader: "GuardReader", function: Function, node: Value, index: int) -> bool:
    """Tell whether an operation asks for the entry of a parameter, or whether it is the same as something known."""
    values = function.facts.values
    if node.op == "compare" and node.text in ("==", "in"):
        known = not any(values[side].op in CONSTANTS for side in node.args)
        return known and _is_text_of(reader, function, node.args, index)
    callee = values[node.args[0]] if node.op == "call" else None
    asks = node.op == "index" or (callee is not None and callee.text in LOOKUPS)
    return asks and _is_text_of(reader, function, node.args[1:], index)


def _hands_on(reader: "GuardReader", function: Function, node: Value, index: int, hops: int) -> bool:
    """Tell whether a call gives a parameter to a function that asks."""
    if node.op != "call" or not hops or index not in node.args[1:]:
        return False
    return any(
        argument_of(node, parameter.name, position - (0 if owner is None else 1)) == index
        and _asks(reader, inner, position, hops - 1)
        for inner, owner in reader.resolver.functions(function, node.args[0])
        for position, parameter in enumerate(inner.facts.parameters)
    )


def _is_text_of(reader: "GuardReader", function: Function, values: Sequence[int], index: int) -> bool:
    """Tell whether one of some values is a parameter or a text of it, as its hash, and no answer to a question."""
    waiting, seen = list(values), set[int]()
    while waiting and len(seen) < MAX_PARTS:
        value = waiting.pop()
        if value == index:
            return True
        node = function.facts.values[value] if value >= 0 and value not in seen else None
        seen.add(value)
        if node is None or node.op in QUESTIONS:
            continue
        answers = node.op == "call" and reader.resolver.functions(function, node.args[0])
        waiting.extend(() if answers else node.args[1:] if node.op == "select" else node.args)
    return False
