"""Entries of tables that are only looked at where the ends of their names say that they hold no secret."""

from analyzers.facts import Value
from analyzers.flow.secrets import gives
from analyzers.frameworks.credentials import names_credential
from analyzers.project.program import Function


def is_of_plain_names(function: Function, call: int) -> bool:
    """Tell whether a call is only made for entries whose names end with what no credential's does: `_FILE`."""
    event = function.facts.events[function.event_of(call)]
    return any(
        _ends_plainly(function, step.value, step.kind == "true")
        for step in function.chain(event.dominator)
        if step.kind in ("true", "false")
    )


def _ends_plainly(function: Function, value: int, truth: bool) -> bool:
    values = function.facts.values
    node = values[value]
    if node.op == "not":
        return _ends_plainly(function, node.args[0], not truth)
    if node.op in ("and", "or"):
        return (node.op == "and") == truth and any(_ends_plainly(function, part, truth) for part in node.args)
    if not truth or node.op != "call" or len(node.args) != 2:
        return False
    callee, given = values[node.args[0]], values[node.args[1]]
    endings = [values[part] for part in given.args] if given.op == "tuple" else [given]
    return (
        callee.op == "attr"
        and callee.text == "endswith"
        and _is_name(function, values[callee.args[0]])
        and all(ending.op == "str" and not names_credential(f"x{ending.text}") for ending in endings)
    )


def _is_name(function: Function, node: Value) -> bool:
    """Tell whether a value is the name of an entry of a table that a loop goes through."""
    values = function.facts.values
    while node.op == "call" and values[node.args[0]].op == "attr" and values[node.args[0]].text in ("upper", "lower"):
        node = values[values[node.args[0]].args[0]]
    element = values[node.args[0]] if node.op == "item" and node.text == "0" else node
    return element.op == "element" and gives(function, element.args[0], "items")
