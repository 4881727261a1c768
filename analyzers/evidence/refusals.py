"""Where code only runs because another server refused a request."""

from analyzers.facts import Event, Value
from analyzers.project.program import Function

STATUS = ("status_code", "status")
GOOD, BAD = ("ok", "is_success"), ("is_error", "is_client_error", "is_server_error")
FIRST_REFUSED = 300


def is_refused(function: Function, event: Event) -> bool:
    """Tell whether an event only happens where the status of an answer says that the request was refused."""
    return any(
        _says_refused(function, step.value, step.kind == "true")
        for step in function.chain(event.dominator)
        if step.kind in ("true", "false")
    )


def _says_refused(function: Function, value: int, truth: bool) -> bool:
    """Tell whether a condition that holds, or does not, says so."""
    node = function.facts.values[value]
    if node.op == "not":
        return _says_refused(function, node.args[0], not truth)
    if node.op in ("and", "or"):
        return (node.op == "and") == truth and any(_says_refused(function, part, truth) for part in node.args)
    if node.op == "attr":
        return node.text in (BAD if truth else GOOD)
    return node.op == "compare" and _compares(function, node, truth)


def _compares(function: Function, node: Value, truth: bool) -> bool:
    left, right = (function.facts.values[side] for side in node.args)
    if node.text in ("in", "not-in"):
        # RFC 6749, 5.2: an answer with `error` grants nothing.
        return left.op == "str" and left.text == "error" and (node.text == "in") == truth
    if left.op != "attr" or left.text not in STATUS or right.op != "number" or not right.text.isdigit():
        return False
    refused = int(right.text) >= FIRST_REFUSED
    if node.text in ("==", "!="):
        return ((node.text == "==") == truth) == refused
    return refused and (node.text in (">=", ">")) == truth
