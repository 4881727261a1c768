"""Functions of a program that register what they are given: `audited_tool(mcp, "refund")(refund)`, `@register`.

Such a function wraps its parameter and hands the wrapper to the server. Each of its calls declares one entry point,
whose handler is what it was given and around which the wrapper runs.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from analyzers.facts import Value
from analyzers.frameworks.mcp import Kind
from analyzers.project.handlers import Handler, handlers_of, own_name, values_of
from analyzers.project.program import Function
from analyzers.project.servers import UNRESOLVED, EntryPoint, Server
from analyzers.project.targets import Reference, argument_of, parameter_of

if TYPE_CHECKING:
    from analyzers.project.surface import Surface

MAX_LAYERS = 8


class Registrar(NamedTuple):
    """A function that registers its parameter at `position`; where and with which keywords it does so."""

    function: Function
    position: int
    declared: Reference
    keywords: dict[str, int]
    receiver: int
    kind: Kind
    around: tuple[Reference, ...] = ()
    optional: tuple[Reference, ...] = ()


class Use(msgspec.Struct, frozen=True):
    """One use of a registrar: what was given, and the call or decorator by which."""

    handler: Handler
    applied: Reference
    declared: Reference


def registrar(
    declared: Reference, handler: Reference, keywords: dict[str, int], receiver: int, kind: Kind
) -> Registrar | None:
    """Return the registrar that a registration is part of, None where it registers functions of its own."""
    scope = declared.function
    if handler.node.op == "function":
        wrapper = scope.file.functions[int(handler.node.text)]
        called = _called_parameter(scope, wrapper, keywords)
        if called is None:
            return None
        return Registrar(*called, declared, keywords, receiver, kind)
    ways = list(_layers(handler))
    innermost = {parameter_of(scope, value) for value, _ in ways}
    found = innermost.pop() if len(innermost) == 1 else None
    if found is None or found[0] is not scope:
        return None
    arounds = [around for _, around in ways]
    common = tuple(applied for applied in arounds[0] if all(applied in around for around in arounds))
    optional = dict.fromkeys(applied for around in arounds for applied in around if applied not in common)
    return Registrar(*found, declared, keywords, receiver, kind, common, tuple(optional))


def _layers(
    handler: Reference, around: tuple[Reference, ...] = (), seen: frozenset[int] = frozenset()
) -> Iterator[tuple[int, tuple[Reference, ...]]]:
    """Yield what a value is innermost, under each condition, with what is put around it, outermost first.

    What is changed in a loop is one of several, itself among them.
    """
    scope, node = handler.function, handler.node
    if len(around) >= MAX_LAYERS or handler.value in seen:
        return
    seen |= {handler.value}
    if node.op in ("phi", "select"):
        for part in node.args[1 if node.op == "select" else 0 :]:
            yield from _layers(Reference(scope, part), around, seen)
    elif node.op == "call" and len(node.args) > 1:
        yield from _layers(Reference(scope, _wrapped(scope, node)), (*around, Reference(scope, node.args[0])), seen)
    else:
        yield handler.value, around


def _wrapped(scope: Function, call: Value) -> int:
    """Return what a call puts something around: the one parameter of the function that it is given, or the first."""
    own = [argument for argument in call.args[1:] if (parameter_of(scope, argument) or (None, 0))[0] is scope]
    return own[0] if len(own) == 1 else call.args[1]


def _called_parameter(scope: Function, wrapper: Function, keywords: dict[str, int]) -> tuple[Function, int] | None:
    """Return the parameter of the function around a wrapper that the wrapper stands for.

    A tool that only uses what the function around it was given, as `get_client()`, is a tool of its own.
    """
    names = {node.text for node in wrapper.facts.values if node.op == "free"}
    renamed = _is_renamed(scope, wrapper, keywords)
    for index, parameter in enumerate(scope.facts.parameters):
        if parameter.name in names and any(
            wrapper.facts.values[wrapper.facts.values[event.value].args[0]].text == parameter.name
            and _hands_on(wrapper, event.value, renamed=renamed)
            for event in wrapper.calls()
        ):
            return scope, index
    return None


def _hands_on(wrapper: Function, call: int, *, renamed: bool) -> bool:
    """Tell whether a call is given whatever the function around it is given."""
    values = wrapper.facts.values
    node = values[call]
    if "*" in node.names or "**" in node.names:
        return True
    given = {values[argument].text for argument in node.args[1:] if values[argument].op == "param"}
    return renamed and {parameter.name for parameter in wrapper.facts.parameters} <= given


def _is_renamed(scope: Function, wrapper: Function, keywords: dict[str, int]) -> bool:
    """Tell whether a wrapper is registered under a name that is not its own, one for each function that it wraps."""
    values = scope.facts.values
    if "name" in keywords:
        return values[keywords["name"]].op != "str"
    makers = [values[values[value].args[0]] for value in wrapper.facts.decorators if values[value].op == "call"]
    stored = any(event.kind == "store" and event.text == "__name__" for event in scope.facts.events)
    return stored or any(maker.text.rpartition("|")[2] == "wraps" for maker in makers)


def registered_by(surface: "Surface", found: Registrar) -> list[EntryPoint]:
    """Return the entry points that the uses of a registrar declare, none where it is not used."""
    entries: list[EntryPoint] = []
    for use in _uses(surface, found):
        made = Reference(use.applied.function, use.applied.value)
        name = _given(surface, found, found.keywords.get("name", -1), use) or own_name(use.handler)
        around = (made, *found.around, *use.handler.around)
        for server in _servers(surface, found, use):
            entry = EntryPoint(server, name, found.kind, use.handler.function, use.declared, {}, around=around)
            entry.dynamic = name == UNRESOLVED
            entry.optional = (*found.optional, *use.handler.optional)
            entries.append(entry)
    return entries


def _uses(surface: "Surface", found: Registrar, depth: int = 0) -> Iterator[Use]:
    """Yield the uses of a registrar, and of the functions that give it what they are given."""
    resolver = surface.resolver
    for caller, argument in resolver.arguments(found.function, found.position, each=True):
        for event in caller.calls():
            node = caller.facts.values[event.value]
            if argument in node.args[1:]:
                handlers = handlers_of(resolver, Reference(caller, argument))
                for handler in handlers:
                    yield Use(handler, Reference(caller, node.args[0]), Reference(caller, event.value))
                outer = parameter_of(caller, argument) if not handlers and depth < MAX_LAYERS else None
                if outer is not None:
                    yield from _uses(surface, found._replace(function=outer[0], position=outer[1]), depth + 1)
                break
    if found.position == 0:
        for decorated, applied in surface.decorations():
            if any(target.function is found.function for target in resolver.resolve(applied.function, applied.value)):
                yield Use(Handler(decorated, (), (), None), applied, applied)


def _given(surface: "Surface", found: Registrar, value: int, use: Use) -> str:
    """Return the text of an argument of the registration, where need be as the use of the registrar gives it."""
    if value < 0:
        return ""
    scope = found.declared.function
    node = scope.facts.values[value]
    if node.op == "template":
        parts = [_given(surface, found, part, use) for part in node.args]
        return "".join(parts) if UNRESOLVED not in parts else UNRESOLVED
    outer = parameter_of(scope, value)
    if outer is None:
        return surface.resolver.text(scope, value) or ""
    argument = _argument(surface, found, outer, use)
    if argument < 0:
        return ""
    given = Reference(use.applied.function, argument)
    ways = values_of(surface.resolver, given, use.handler.item)
    texts = [surface.resolver.text(part.reference.function, part.reference.value) for part in ways]
    return next(iter(texts), None) or UNRESOLVED


def _argument(surface: "Surface", found: Registrar, parameter: tuple[Function, int], use: Use) -> int:
    """Return what a use gave for a parameter: of the registrar, or of the function around it that made it."""
    owner, index = parameter
    call = use.declared if owner is found.function else use.applied
    if call.node.op != "call":
        return -1
    called = surface.resolver.functions(call.function, call.node.args[0])
    bound = any(function is owner and receiver is not None for function, receiver in called)
    return argument_of(call.node, owner.facts.parameters[index].name, index - (1 if bound else 0))


def _servers(surface: "Surface", found: Registrar, use: Use) -> list[Server]:
    scope = found.declared.function
    outer = parameter_of(scope, found.receiver)
    argument = _argument(surface, found, outer, use) if outer is not None else -1
    if argument >= 0:
        servers = surface.receivers(use.applied.function, argument, sure=True)
        if servers:
            return servers
    return surface.receivers(scope, found.receiver, sure=False)
