"""Checks that a registration or the framework's middleware is given: `auth=require_scopes(...)`."""

from analyzers.authority.authentication import is_empty
from analyzers.flow.guards import TRUE, Guard, Place, intersection
from analyzers.flow.summaries import Flow
from analyzers.frameworks import mcp
from analyzers.project.program import Function
from analyzers.project.targets import argument_of
from analyzers.project.versions import allowed


def registered_check(flow: Flow, function: Function, value: int, place: Place) -> tuple[dict[Guard, Place], str]:
    """Return what an `auth=` argument makes hold, and the tag it is limited to.

    A check from the framework counts when it names a scope; one of the program when its truth depends on the
    token; a constant never, and none in a version of the framework that does not know such checks.
    """
    required = allowed(flow.program, function.file.path, "fastmcp") if value >= 0 else None
    if value < 0 or (required is not None and required.is_before(mcp.COMPONENT_AUTH)):
        return {}, ""
    node = function.facts.values[value]
    if node.op in ("list", "tuple"):
        found: dict[Guard, Place] = {}
        for item in node.args:
            found.update(registered_check(flow, function, item, place)[0])
        return found, ""
    if node.op == "call":
        last = flow.resolver.external(function, node.args[0]).rpartition(".")[2]
        if last in mcp.SCOPE_CHECKS:
            texts = [flow.resolver.text(function, argument) or "?" for argument in node.args[1:]]
            subject = frozenset(f"const:{text}" for text in texts)
            return ({Guard("check", "scopes", subject): place} if subject else {}), ""
        if last in mcp.TAG_CHECKS and len(node.args) > 1:
            scopes = argument_of(node, "scopes", 1)
            if scopes >= 0 and is_empty(function.facts.values[scopes]):
                return {}, ""
            tag = flow.resolver.text(function, node.args[1]) or "?"
            return {Guard("check", "scopes", frozenset({f"tag:{tag}"})): place}, tag
    callees = flow.resolver.functions(function, value)
    return (intersection([flow.on_result(callee, TRUE) for callee, _ in callees]) if callees else {}), ""
