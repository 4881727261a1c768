"""Calls whose operation has a name that callers pass: `client.command(action)`, `getattr(client, method)(...)`."""

from typing import TYPE_CHECKING

from analyzers.flow.operands import METHOD, Operand
from analyzers.flow.settling import sent
from analyzers.flow.shapes import is_open
from analyzers.frameworks import operations, sinks
from analyzers.project.program import Function
from analyzers.project.targets import argument_of

if TYPE_CHECKING:
    from analyzers.flow.effects import Call, Effect, EffectReader

GETTING = "builtins.getattr"


def operation(reader: "EffectReader", call: "Call") -> "Effect":
    """Return what is asked for by the name of an operation, which callers of the function may pass."""
    position, keyword = operations.OPERATIONS[call.name]
    name = argument_of(call.node, keyword, position)
    return _asked(reader, call, Operand(METHOD, reader.shapes.shape(call.function, name) if name >= 0 else ()))


def got_method(reader: "EffectReader", call: "Call") -> "Effect | None":
    """Return what a client does whose method is got by a name that callers pass, None for all that is known otherwise.

    Of other clients than those of HTTP only what a credential opens counts.
    """
    function, _, node, _ = call
    if function.facts.values[node.args[0]].op not in ("call", "phi"):
        return None
    got = _got(reader, function, node.args[0])
    if got < 0:
        return None
    _, owner, name = function.facts.values[got].args[:3]
    asked = Operand(METHOD, reader.shapes.shape(function, _named(function, name)))
    names = [name for name in reader.resolver.externals(function, owner) if not name.startswith(GETTING)]
    if not names or (got == node.args[0] and not any(map(is_open, asked.shape))):
        return None
    request = f"{names[0]}.request"
    if sinks.is_http_call(request):
        call = call._replace(name=request)
        return sent(reader.request(call, argument_of(node, "url", 0), "?", (asked,)), asked)
    effect = _asked(reader, call._replace(name=f"{names[0]}{operations.GOT}"), asked)
    return effect._replace(sure=False) if effect.credentials else None


def _asked(reader: "EffectReader", call: "Call", asked: Operand) -> "Effect":
    effect = reader.effect(call, "write")
    return sent(effect._replace(operands=(*effect.operands, asked)), asked)


def _got(reader: "EffectReader", function: Function, value: int) -> int:
    """Return the call that gets a value by its name, where a loop gets one of the last as well, -1 for none."""
    node = function.facts.values[value]
    for way in node.args if node.op == "phi" else (value,):
        made = function.facts.values[way]
        if made.op == "call" and len(made.args) > 2 and GETTING in reader.resolver.externals(function, made.args[0]):
            return way
    return -1


def _named(function: Function, value: int) -> int:
    """Return the text whose parts a loop goes through: `for part in method.split("."):`, else the value itself."""
    values = function.facts.values
    node = values[value]
    while node.op in ("element", "comprehension") and node.args:
        value = node.args[0]
        node = values[value]
    callee = values[node.args[0]] if node.op == "call" else node
    return callee.args[0] if node.op == "call" and callee.op == "attr" and callee.text == "split" else value
