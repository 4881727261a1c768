"""Calls that hand a request on, by what middleware and applications are given."""

from analyzers.project.program import Function

ASGI = ("scope", "receive", "send")


def passes_on(method: Function, call: int) -> bool:
    """Tell whether a call hands the request on: `call_next(request)`, `self.app(scope, receive, send)`."""
    node = method.facts.values[call]
    callee = method.facts.values[node.args[0]]
    if callee.op == "param":
        return callee.text == "call_next"
    if callee.op == "free":
        return is_handed_whole(method, call)
    # An answer is given what it says: `self.refuse(send, 401, "no token")`.
    says = any(method.facts.values[argument].op in ("number", "str", "template") for argument in node.args[1:])
    return callee.op == "attr" and callee.args[0] == 0 and len(node.args) == len(ASGI) + 1 and not says


def is_handed_whole(function: Function, call: int) -> bool:
    """Tell whether a call of something that was there before is given the whole of a request; an answer is made."""
    values = function.facts.values
    node = values[call]
    is_known = values[node.args[0]].op in ("free", "param", "name", "import", "attr")
    return is_known and tuple(values[value].text for value in node.args[1:]) == ASGI
