"""Calls that `functools.partial` prepares, put together with those that are made of them."""

from analyzers.facts import Value
from analyzers.project.program import Function

PARTIAL = "partial"
POSITIONAL = ("", "*")


def completed(prepared: Value, call: Value) -> Value:
    """Return what a call of a prepared one comes to: `partial(send, "GET")(url, timeout=5)` sends, with all of that."""
    before = list(zip(prepared.names[1:], prepared.args[2:], strict=True))
    given = list(zip(call.names, call.args[1:], strict=True))
    replaced = {name for name, _ in given if name not in (*POSITIONAL, "**")}
    passed = [(name, value) for name, value in (*before, *given) if name in POSITIONAL]
    passed += [(name, value) for name, value in before if name not in POSITIONAL and name not in replaced]
    passed += [(name, value) for name, value in given if name not in POSITIONAL]
    operands = (prepared.args[1], *(value for _, value in passed))
    return Value("call", "", operands, tuple(name for name, _ in passed), call.start, call.length)


def is_prepared(function: Function, node: Value) -> bool:
    """Tell whether a value is a call that is prepared to be made later."""
    is_call = node.op == "call" and len(node.args) > 1 and not node.names[0]
    return is_call and function.facts.values[node.args[0]].text.rpartition("|")[2] == PARTIAL


def made_of(function: Function, call: Value) -> Value:
    """Return a call that is made of what may be a prepared one as what it comes to."""
    callee = function.facts.values[call.args[0]]
    while is_prepared(function, callee):
        call = completed(callee, call)
        callee = function.facts.values[call.args[0]]
    return call


def is_made(function: Function, value: int) -> bool:
    """Tell whether a call is a prepared one that another call of the same function makes, or hands on."""
    prepared = function.facts.values[value]
    if not is_prepared(function, prepared):
        return False
    passed = zip(prepared.names, prepared.args[1:], strict=True)
    operands = {given for name, given in passed if name in POSITIONAL}
    calls = (node for node in function.facts.values if node.op == "call" and node is not prepared)
    return any(value in node.args or operands.issubset(node.args) for node in calls)
