"""Prepared calls that are kept for others to make: under a name, in an attribute or a table, as what is returned.

`delete = partial(send, "DELETE")` is kept as what it comes to, `lambda *args, **rest: send("DELETE", *args, **rest)`.
"""

from analyzers.facts import LEFT_OVER
from analyzers.flow.lowering.body import Body
from analyzers.flow.lowering.definitions import defer
from analyzers.flow.lowering.naming import named_expression
from analyzers.flow.lowering.preparing import prepares
from analyzers.flow.prepared import PARTIAL, POSITIONAL
from analyzers.syntax import (
    Argument,
    Assign,
    Attribute,
    Call,
    Expression,
    Function,
    Lambda,
    Name,
    Parameter,
    Return,
)

METHOD = "partialmethod"
SELF = "self"


def kept(body: Body, name: str, node: Expression) -> int:
    """Lower a value that is kept under a name, "" for none: what it prepares as a function of the rest."""
    if isinstance(node, Call) and prepares(body, node, PARTIAL):
        return _function(body, _as_lambda(node))
    return named_expression(body, name, node) if name else body.expression(node)


def keep_under_names(body: Body, node: Assign) -> None:
    """Add what a module, or a class, prepares under names, for those who find it there; its body has the call."""
    if body.kind not in ("module", "class") or not isinstance(node.value, Call):
        return
    if not prepares(body, node.value, PARTIAL if body.kind == "module" else METHOD):
        return
    for target in node.targets:
        if isinstance(target, Name):
            made = _as_lambda(node.value) if body.kind == "module" else _as_method(body, target, node.value)
            body.names[target.id][-1] = _function(body, made)


def _function(body: Body, node: Lambda | Function) -> int:
    return body.value("function", str(defer(body, node, ())), (), node)


def _as_lambda(node: Call) -> Lambda:
    call = Call(node.start, node.end, node.arguments[0].value, _with_rest(node))
    return Lambda(node.start, node.end, _rest(node), call)


def _as_method(body: Body, target: Name, node: Call) -> Function:
    place = node.start, node.end
    owner, called, passed = Name(*place, SELF), node.arguments[0].value, _with_rest(node)
    if isinstance(called, Name) and called.id in body.names:
        called = Attribute(*place, owner, called.id, node.start)
    else:
        passed.insert(0, Argument(*place, "", owner))
    parameters = [Parameter(*place, SELF, "", None, None), *_rest(node)]
    result = Return(*place, Call(*place, called, passed))
    return Function(*place, target.id, target.start, parameters, [], None, [result], False, node.start, "")


def _with_rest(node: Call) -> list[Argument]:
    """Return what a call prepares as arguments, with the rest that it is called with."""
    rest = [Argument(node.start, node.end, kind, Name(node.start, node.end, name)) for kind, name in LEFT_OVER]
    bound = node.arguments[1:]
    ordered = [argument for argument in bound if argument.name in POSITIONAL]
    named = [argument for argument in bound if argument.name not in POSITIONAL]
    return [*ordered, rest[0], *named, rest[1]]


def _rest(node: Call) -> list[Parameter]:
    return [Parameter(node.start, node.end, name, kind, None, None) for kind, name in LEFT_OVER]
