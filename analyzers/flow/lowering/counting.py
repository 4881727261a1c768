"""Conditions that are written as a list: `any((a, b))` is `a or b`, `all([a, b])` is `a and b`."""

from analyzers.facts import Value
from analyzers.flow.lowering.body import Body

OPERATORS = {"any": "or", "all": "and"}
DISPLAYS = ("tuple", "list", "set")


def counted(body: Body, call: Value) -> Value:
    """Return a call that asks for any or all of the conditions written in it as what connects these."""
    callee = body.values[call.args[0]]
    operator = OPERATORS.get(callee.text) if callee.op == "name" else None
    if operator is None or call.names != ("",):
        return call
    listed = body.values[call.args[1]]
    is_plain = listed.op in DISPLAYS and listed.args and all(body.values[item].op != "spread" for item in listed.args)
    return Value(operator, "", listed.args, (), call.start, call.length) if is_plain else call
