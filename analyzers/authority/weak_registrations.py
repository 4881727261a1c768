"""Checks at the registration of a tool, or around its server, that a call gets past."""

from collections.abc import Iterator

from analyzers.authority.authentication import is_empty
from analyzers.authority.rows import Row
from analyzers.authority.weakness import Weakness
from analyzers.flow.summaries import Flow
from analyzers.flow.wrappers import wrapper_guards
from analyzers.frameworks import mcp
from analyzers.frameworks.identity import is_guard_name
from analyzers.project.program import Function
from analyzers.project.targets import Reference, argument_of
from analyzers.project.wrapping import registration_index, wrappers_of


def at_registration(flow: Flow, row: Row) -> Iterator[Weakness]:
    """An `auth=` argument that admits everyone, on the tool or on a middleware."""
    entry = row.entry
    function = entry.declared.function
    if "auth" in entry.keywords:
        yield from _admitting(flow, function, entry.keywords["auth"], shared=False)
    for reference in entry.server.middleware:
        name = flow.resolver.external(reference.function, reference.value).removesuffix("()")
        argument = (
            argument_of(reference.node, "auth", 0) if name.rpartition(".")[2] in mcp.AUTHORIZING_MIDDLEWARE else -1
        )
        if argument >= 0:
            yield from _admitting(flow, reference.function, argument, shared=True)


def _admitting(flow: Flow, function: Function, value: int, *, shared: bool) -> Iterator[Weakness]:
    node = function.facts.values[value]
    reason = ""
    if node.op == "call":
        name = flow.resolver.external(function, node.args[0]).rpartition(".")[2]
        if name == "require_scopes" and len(node.args) == 1:
            reason = "`require_scopes()` names no scope, so it admits every valid token"
        elif (
            name == "restrict_tag"
            and (scopes := argument_of(node, "scopes", 1)) >= 0
            and is_empty(function.facts.values[scopes])
        ):
            reason = "`restrict_tag` names no scope, so it restricts nothing"
    if not reason and any(_always_true(callee) for callee, _ in flow.resolver.functions(function, value)):
        reason = "always answers yes"
    if reason:
        yield Weakness("void", reason, function, node.start, node.end, shared)


def _always_true(function: Function) -> bool:
    returns = [event.value for event in function.facts.events if event.kind == "return"]
    constant = all(value >= 0 and function.facts.values[value].text == "True" for value in returns)
    return bool(returns) and constant and not any(event.kind == "raise" for event in function.facts.events)


def above_registration(flow: Flow, row: Row, handler: Function) -> Iterator[Weakness]:
    """A guard decorator above the registration: the server keeps the function from below it."""
    parent = handler.parent
    if parent is None or not row.entry.decorated:
        return
    for decorator in handler.facts.decorators[: max(registration_index(handler), 0)]:
        node = parent.facts.values[decorator]
        callee = node.args[0] if node.op == "call" else decorator
        wrappers = wrappers_of(flow.resolver, Reference(parent, decorator))
        guarding = any(guard.kind == "check" for wrapper in wrappers for guard in wrapper_guards(flow, wrapper))
        if guarding or (not wrappers and is_guard_name(parent.facts.values[callee].text.rpartition("|")[2])):
            yield Weakness(
                "void",
                "stands above the registration, which keeps the unguarded function",
                parent,
                node.start,
                node.end,
            )
