"""Who a token comes from that code reads, and whether anything becomes of what it read."""

from collections.abc import Iterator

import msgspec

from analyzers.facts import Event, Value
from analyzers.flow.label_calls import skips_signature
from analyzers.flow.passing import passes_on
from analyzers.flow.secrets import MINTED
from analyzers.frameworks import identity
from analyzers.frameworks.sinks import is_answer, is_http_call
from analyzers.frameworks.threads import handed_position
from analyzers.project.program import Function, Program
from analyzers.project.resolve import Resolver
from analyzers.project.targets import argument_of, parameter_of
from analyzers.project.wrapping import dependencies
from analyzers.rule import Analysis
from analyzers.walks import reached

MAX_HOPS = 3
MAX_PROVIDERS = 60
# Where a request of a caller is read, which may call its token so as well.
INBOUND = frozenset({"query_params", "headers", "cookies", "form", "args", "body", "json", "params", "arguments"})
# What an issuer's answer holds beside a token.
GRANTED = ("refresh_token", "expires_in")
# Values that name what they stand for.
NAMING = ("name", "attr", "free", "import", "str")
# What compares, cuts or decodes a token, and asks nobody whether it is still good.
LOCAL = (
    *("builtins.", "hmac.", "hashlib.", "secrets.", "base64.", "binascii.", "json.", "re.", "time.", "datetime."),
    *("logging.", "structlog.", "loguru.", "jwt.", "jose.", "joserfc.", "authlib.", "fastmcp.", "mcp."),
)


def is_received(
    resolver: Resolver, function: Function, value: int, names: tuple[str, ...], hops: int = MAX_HOPS
) -> bool:
    """Tell whether a token is one that the program got for itself, `answer["access_token"]`, wherever it is passed on.

    `names` are those under which answers of an issuer hold it.
    """
    return bool(_holders(resolver, function, value, names, hops))


def is_granted(resolver: Resolver, function: Function, value: int, names: tuple[str, ...]) -> bool:
    """Tell whether a token comes with what an issuer's answer holds beside it: its channel vouches for it.

    See OpenID Connect Core, 3.1.3.7: the signature need not be checked where TLS names the issuer.
    """
    holders = _holders(resolver, function, value, names, MAX_HOPS)
    return bool(holders) and all(_is_answer(resolver, *holder) for holder in holders)


def _holders(
    resolver: Resolver, function: Function, value: int, names: tuple[str, ...], hops: int
) -> list[tuple[Function, int]]:
    """Return the tables and objects that a token is read from, none where one way to it leads elsewhere."""
    if value < 0:
        return []
    node = function.facts.values[value]
    if node.op == "attr":
        return [(function, node.args[0])] if node.text in names else []
    read = read_entry(resolver, function, node)
    if read is not None:
        table, key = read
        return [(function, table)] if key in names and not _is_inbound(resolver, function, table) else []
    if node.op == "await":
        return _holders(resolver, function, node.args[0], names, hops)
    for ways in _ways(resolver, function, value) if hops else ():
        found = [_holders(resolver, *way, names, hops - 1) for way in ways]
        if found and all(found):
            return [holder for holders in found for holder in holders]
    return []


def _ways(resolver: Resolver, function: Function, value: int) -> Iterator[list[tuple[Function, int]]]:
    """Yield where a value comes from: what callers pass; what a function returns, or the one thing that it is given."""
    node = function.facts.values[value]
    given = parameter_of(function, value)
    if given is not None:
        yield resolver.arguments(*given)
    elif node.op == "call":
        yield [
            (callee, event.value)
            for callee, _ in resolver.functions(function, node.args[0])
            for event in callee.facts.events
            if event.kind == "return" and event.value >= 0 and callee.facts.values[event.value].op != "none"
        ]
        yield [(function, argument) for argument in node.args[1:2] if len(node.args) == 2]


def read_entry(resolver: Resolver, function: Function, node: Value) -> tuple[int, str] | None:
    """Return the table and the key of `table["key"]` and `table.get("key")`."""
    callee = function.facts.values[node.args[0]] if node.op == "call" else node
    if node.op == "index":
        return node.args[0], resolver.text(function, node.args[1]) or ""
    if callee.op == "attr" and callee.text == "get" and len(node.args) > 1:
        return callee.args[0], resolver.text(function, node.args[1]) or ""
    return None


def is_entry(resolver: Resolver, function: Function, node: Value, names: tuple[str, ...]) -> bool:
    """Tell whether a value is read from a table under one of some names, or from a record that a function answers."""
    read = read_entry(resolver, function, node)
    if read is not None and read[1] in names:
        return True
    if node.op != "attr" or node.text not in names:
        return False
    holder = function.facts.values[node.args[0]]
    made = function.facts.values[holder.args[0]] if holder.op == "await" else holder
    answering = resolver.functions(function, made.args[0]) if made.op == "call" else ()
    return bool(answering) and all(callee.facts.name != "__init__" for callee, _ in answering)


def _is_answer(resolver: Resolver, function: Function, holder: int) -> bool:
    """Tell whether something is read for what else an issuer's answer holds; a route is given a caller's request."""
    if parameter_of(function, holder) is not None and function.facts.decorators:
        return False
    for node in function.facts.values:
        if node.op == "attr" and node.args[0] == holder and node.text in GRANTED:
            return True
        read = read_entry(resolver, function, node) if node.op in ("call", "index") else None
        if read is not None and read[0] == holder and read[1] in GRANTED:
            return True
    return False


def is_answered(function: Function, event: Event) -> bool:
    """Tell whether the request was handed on and answered before: what is found out then decides nothing about it."""
    return any(step.kind == "call" and passes_on(function, step.value) for step in function.chain(event.dominator))


def _is_inbound(resolver: Resolver, function: Function, value: int) -> bool:
    """Tell whether a table may be a part of a caller's request, as `await request.json()`."""
    node = function.facts.values[value]
    if node.op == "await":
        return _is_inbound(resolver, function, node.args[0])
    inner = function.facts.values[node.args[0]] if node.op == "call" else node
    answered = node.op == "call" and any(map(is_answer, resolver.externals(function, node.args[0])))
    return not answered and bool({node.text, inner.text} & INBOUND)


def is_unused(program: Program, function: Function, hops: int = MAX_HOPS) -> bool:
    """Tell whether nothing in a program calls or names a function, but for others that nothing calls."""
    name = function.facts.name
    if function.owner is not None and _is_never_made(program, function.owner):
        return True
    if function.facts.decorators or name.startswith("__") or function.facts.kind not in ("function", "method"):
        return False
    if function.parent is not None and _uses_definition(function.parent, function):
        return False
    users = [scope for scope in _naming(program, name) if scope is not function]
    return not users or (hops > 0 and all(is_unused(program, user, hops - 1) for user in users))


def is_run(analysis: Analysis, function: Function) -> bool:
    """Tell whether something may run a function: a framework does whose class its own one extends."""
    owner = function.owner
    extends = owner is not None and bool(analysis.flow.resolver.linearize(owner)[1])
    return extends or not is_unused(analysis.program, function)


def _is_never_made(program: Program, cls: Function) -> bool:
    """Tell whether no function outside of a class names the class."""
    if cls.facts.decorators or (cls.parent is not None and _uses_definition(cls.parent, cls)):
        return False
    return all(scope.owner is cls or scope is cls for scope in _naming(program, cls.facts.name))


def _uses_definition(scope: Function, function: Function) -> bool:
    """Tell whether the scope in which a function is defined does anything with it by itself, as a module may."""
    made = {
        index
        for index, node in enumerate(scope.facts.values)
        if node.op in ("function", "class") and scope.file.functions[int(node.text)] is function
    }
    given = (argument for node in scope.facts.values for argument in node.args)
    return not made.isdisjoint((*given, *(event.value for event in scope.facts.events)))


def _naming(program: Program, name: str) -> Iterator[Function]:
    """Yield the functions that name something."""
    return (
        scope
        for file in program.sources
        if file.may_name((name,))
        for scope in file.functions
        if any(node.op in NAMING and node.text.rpartition("|")[2] == name for node in scope.facts.values)
    )


def asks_elsewhere(resolver: Resolver, function: Function, parameter: int, hops: int = MAX_HOPS) -> bool:
    """Tell whether a function hands a parameter to something outside of the program, which may know if it is good."""
    for event in function.calls():
        node = function.facts.values[event.value]
        if not any(_is_made_of(function, argument, parameter) for argument in node.args[1:]):
            continue
        names = resolver.externals(function, node.args[0])
        position = max(map(handed_position, names), default=0)
        if names and not position and not any(name.startswith(LOCAL) for name in names):
            return True
        # Behind a function that runs in a thread come its arguments.
        node = (
            node
            if not position
            else msgspec.structs.replace(node, args=node.args[position:], names=node.names[position:])
        )
        for callee, owner in resolver.functions(function, node.args[0]) if hops else ():
            first = 1 if owner is not None else 0
            for index, given in enumerate(callee.facts.parameters):
                argument = argument_of(node, given.name, index - first)
                passed = argument >= 0 and _is_made_of(function, argument, parameter)
                if passed and (
                    _is_kept_by_client(resolver, callee) or asks_elsewhere(resolver, callee, index, hops - 1)
                ):
                    return True
    return False


def _is_kept_by_client(resolver: Resolver, callee: Function) -> bool:
    """Tell whether a token is given to the constructor of a class that sends requests."""
    owner = callee.owner
    return (
        owner is not None
        and callee.facts.name == "__init__"
        and any(
            is_http_call(name)
            for method in owner.file.functions
            if method.owner is owner
            for event in method.calls()
            for name in resolver.externals(method, method.facts.values[event.value].args[0])
        )
    )


def _is_made_of(function: Function, value: int, parameter: int, depth: int = 4) -> bool:
    if value == parameter:
        return True
    return depth > 0 and any(
        part >= 0 and _is_made_of(function, part, parameter, depth - 1) for part in function.facts.values[value].args
    )


def is_minted(analysis: Analysis, function: Function, value: int) -> bool:
    """Tell whether a token is one that the program has made itself."""
    return any(secret.kind == MINTED for secret in analysis.exposure.held(function, value))


def is_verified_before(analysis: Analysis, function: Function) -> bool:
    """Tell whether what is injected into a function verifies a token before the function runs."""
    resolver = analysis.flow.resolver
    injected = [provider for _, provider in dependencies(resolver, function)]
    for provider in reached(injected, analysis.flow.callees, MAX_PROVIDERS):
        for event in provider.calls():
            node = provider.facts.values[event.value]
            names = resolver.externals(provider, node.args[0])
            if not set(identity.VERIFIERS).isdisjoint(names) and not skips_signature(resolver, provider, node):
                return True
    return False
