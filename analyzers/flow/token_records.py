"""What a caller's credential is registered for: `if tool not in record_of(token)["tools"]`.

Whoever presents a secret that is the key of an entry is whom the entry is about: what it says is known of the caller.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from analyzers.facts import Value
from analyzers.flow.asking import ASKING, KEYED
from analyzers.flow.labels import ID, NONE, TOKENS, Labels
from analyzers.frameworks.credentials import names_credential
from analyzers.project.program import Function
from analyzers.project.targets import parameter_of, taking

if TYPE_CHECKING:
    from analyzers.flow.labeling import Labeler

HEADER = "header:"
QUESTIONS = ("compare", "not")
CONSTANTS = ("none", "str", "bool", "number")
# The parameter of a route that a web framework fills from a header of its name.
INJECTED = frozenset({"fastapi.Header", "fastapi.param_functions.Header", "fastapi.params.Header", "fastapi.Security"})
# Methods that find something by what they are given, or compare it.
LOOKUPS = ("get", "pop", "execute", "fetchrow", "fetchone", "fetch_one", "find_one", "get_item", "compare_digest")
MAX_HOPS = 3
MAX_PARTS = 40


def is_registered(labeler: "Labeler", function: Function, value: int) -> bool:
    """Tell whether a value was looked up by the credential of whoever calls: as what it is, not that there is one."""
    for part in function.made_of(value, most=MAX_PARTS):
        node = function.facts.values[part]
        if node.op != "call":
            continue
        presented = [argument for argument in node.args[1:] if _is_presented(labeler, function, argument, MAX_HOPS)]
        for callee, owner in labeler.resolver.functions(function, node.args[0]) if presented else ():
            given = taking(callee, node, presented, has_receiver=owner is not None)
            if any(_asks(labeler, callee, index, MAX_HOPS) for index in given):
                return True
    return False


def entry_labels(labeler: "Labeler", function: Function, value: int, name: str = "") -> Labels:
    """Return the labels of the entry that was looked up by the credential of whoever calls, or of a part of it.

    `record_of(token).scope`, where the function gives None or what it finds under the token. `name` is the part that is
    asked for of the whole.
    """
    for part in function.made_of(value, most=MAX_PARTS):
        node = function.facts.values[part]
        if node.op == "call" and _looks_up(labeler, function, node):
            return frozenset({ID, f"claim:{name}"}) if name else frozenset({ID})
        owner = function.facts.values[node.args[0]] if node.op in ("attr", "index") else None
        if owner is not None and owner.op == "call" and _looks_up(labeler, function, owner):
            key = function.facts.values[node.args[1]] if node.op == "index" else node
            return frozenset({ID, f"claim:{key.text}"})
    return NONE


def _looks_up(labeler: "Labeler", function: Function, node: Value) -> bool:
    """Tell whether a call gives what is known under a credential that came with the request, or None."""
    given = any(_is_presented(labeler, function, argument, MAX_HOPS) for argument in node.args[1:])
    callees = labeler.resolver.functions(function, node.args[0]) if given else ()
    return bool(callees) and all(_gives_entry(callee) for callee, _ in callees)


def _gives_entry(function: Function) -> bool:
    """Tell whether a function gives None or what it looked up by its parameter, and makes nothing of that otherwise."""
    ends = [event.value for event in function.facts.events if event.kind == "return" and event.value >= 0]
    given = [value for value in ends if function.facts.values[value].op != "none"]
    return bool(given) and all(_is_entry(function, value) for value in given)


def _is_entry(function: Function, value: int) -> bool:
    values, own = function.facts.values, len(function.facts.parameters)
    found, waiting, seen = False, [value], set[int]()
    while waiting and len(seen) < MAX_PARTS:
        part = waiting.pop()
        node = values[part] if part >= 0 and part not in seen else None
        seen.add(part)
        if node is None:
            continue
        callee = values[node.args[0]] if node.op == "call" else None
        if any(key in range(own) for key in function.made_of(*_keys(node, callee), most=MAX_PARTS)):
            found = True
            waiting.extend(node.args[:1] if callee is None else callee.args[:1])
        elif node.op == "param" and node.text != "self":
            return False
        else:
            waiting.extend(node.args)
    return found


def _keys(node: Value, callee: Value | None) -> tuple[int, ...]:
    """Return what a table, a store or a database is asked by."""
    if node.op == "index":
        return node.args[1:2]
    if callee is None or callee.op != "attr" or callee.text not in ASKING:
        return ()
    return node.args[1:2] if callee.text in KEYED else node.args[1:]


def _is_presented(labeler: "Labeler", function: Function, value: int, hops: int) -> bool:
    """Tell whether a value is the credential that came with the request, through those that hand it on."""
    labels = labeler.labels(function, value)
    names = (label[len(HEADER) :] for label in labels if label.startswith(HEADER))
    if not TOKENS.isdisjoint(labels) or any(map(names_credential, names)):
        return True
    for part in function.made_of(value, most=MAX_PARTS) if hops else ():
        given = parameter_of(function, part)
        if given is not None and (
            _is_injected(labeler, *given)
            or any(_is_presented(labeler, *passed, hops - 1) for passed in labeler.resolver.arguments(*given))
        ):
            return True
    return False


def _is_injected(labeler: "Labeler", function: Function, index: int) -> bool:
    """Tell whether a framework fills a parameter from a header for credentials: `authorization: str = Header(None)`."""
    parameter, parent = function.facts.parameters[index], function.parent
    node = parent.facts.values[parameter.default] if parent is not None and parameter.default >= 0 else None
    if parent is None or node is None or node.op != "call":
        return False
    is_header = not INJECTED.isdisjoint(labeler.resolver.externals(parent, node.args[0]))
    return is_header and (parameter.name == "authorization" or names_credential(parameter.name))


def _asks(labeler: "Labeler", function: Function, index: int, hops: int) -> bool:
    """Tell whether a function compares what it is given with what is known, or looks it up, here or in one it calls."""
    return any(
        _compares(labeler, function, node, index) or _hands_on(labeler, function, node, index, hops)
        for node in function.facts.values
    )


def _compares(labeler: "Labeler", function: Function, node: Value, index: int) -> bool:
    """Tell whether an operation asks for the entry of a parameter, or whether it is the same as something known."""
    values = function.facts.values
    if node.op == "compare" and node.text in ("==", "in"):
        known = not any(values[side].op in CONSTANTS for side in node.args)
        return known and _is_text_of(labeler, function, node.args, index)
    callee = values[node.args[0]] if node.op == "call" else None
    asks = node.op == "index" or (callee is not None and callee.text in LOOKUPS)
    return asks and _is_text_of(labeler, function, node.args[1:], index)


def _hands_on(labeler: "Labeler", function: Function, node: Value, index: int, hops: int) -> bool:
    """Tell whether a call gives a parameter to a function that asks."""
    if node.op != "call" or not hops or index not in node.args[1:]:
        return False
    return any(
        _asks(labeler, inner, position, hops - 1)
        for inner, owner in labeler.resolver.functions(function, node.args[0])
        for position in taking(inner, node, (index,), has_receiver=owner is not None)
    )


def _is_text_of(labeler: "Labeler", function: Function, values: Sequence[int], index: int) -> bool:
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
        answers = node.op == "call" and labeler.resolver.functions(function, node.args[0])
        waiting.extend(() if answers else node.args[1:] if node.op == "select" else node.args)
    return False
