"""Who calls a handler, the program itself too, and how a patch asks: for a verified token over HTTP, not over stdio.

Whether there is a request decides that, never whether there is a token: who brings none over HTTP is refused.
"""

import msgspec

from analyzers.authority.rows import Row
from analyzers.flow.labeling import is_context_type
from analyzers.frameworks.mcp import Framework
from analyzers.project.program import Function, Program
from analyzers.project.versions import allowed
from analyzers.rule import Analysis

SDK_IDENTITY = "from mcp.server.auth.middleware.auth_context import get_access_token"
SDK_REQUEST = "from mcp.server.lowlevel.server import request_ctx"
HTTP_REQUEST = "from fastmcp.server.dependencies import get_http_request"
CHECK = """token = get_access_token()
if token is None or {need} not in token.scopes:
    raise PermissionError("forbidden")
"""
# Over stdio there is no request: whoever started the server calls.
CHECK_OVER_HTTP = """token = get_access_token()
over_http = {request} is not None
if over_http and (token is None or {need} not in token.scopes):
    raise PermissionError("forbidden")
"""
# The first version of the SDK whose context holds the request, and the first that keeps it in no variable.
HOLDS_REQUEST, PASSES_CONTEXT = (1, 10), (2,)


class ScopeCheck(msgspec.Struct, frozen=True):
    """The statements of a check and the imports that they need."""

    statements: str
    imports: tuple[str, ...]


def scope_check(row: Row, function: Function, need: str, analysis: Analysis) -> ScopeCheck | None:
    """Return a check that the caller's token has a scope, None where a call's token or its transport is not known."""
    if not row.state.keeps_tokens:
        return None
    if row.transport == "http":
        return ScopeCheck(CHECK.format(need=need), (SDK_IDENTITY,))
    context = _context(function)
    if context:
        held = "request" if row.entry.server.framework is Framework.LOW_LEVEL else "request_context.request"
        return ScopeCheck(CHECK_OVER_HTTP.format(need=need, request=f"{context}.{held}"), (SDK_IDENTITY,))
    if not _keeps_request(row, analysis.program):
        return None
    checked = CHECK_OVER_HTTP.format(need=need, request="request_ctx.get().request")
    return ScopeCheck(checked, (SDK_IDENTITY, SDK_REQUEST))


def _context(function: Function) -> str:
    """Return the parameter by which a handler is given its context, "" where it is given none."""
    scope = function.parent
    named = (
        parameter.name
        for parameter in function.facts.parameters
        if scope is not None and parameter.annotation >= 0 and is_context_type(scope, parameter.annotation)
    )
    return next(named, "")


def _keeps_request(row: Row, program: Program) -> bool:
    """Tell whether the SDK of a server keeps the request of a call in a variable."""
    server = row.entry.server
    if server.framework is Framework.SDK_SERVER:
        return False
    required = allowed(program, server.site.function.file.path, "mcp")
    return required is None or not (required.is_before(HOLDS_REQUEST) or required.low[:1] >= PASSES_CONTEXT)


def is_called(analysis: Analysis, handler: Function) -> bool:
    """Tell whether the program itself calls a handler; a method of something else that has its name is none."""
    for caller, call in analysis.program.call_sites(handler.facts.name):
        callee = caller.facts.values[call].args[0]
        found = analysis.flow.resolver.functions(caller, callee)
        if any(function is handler for function, _ in found) or caller.facts.values[callee].op != "attr":
            return True
    return False
