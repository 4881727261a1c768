"""Patches that make a custom route ask for the token that the MCP endpoint of its server asks for."""

from collections.abc import Mapping

from analyzers.authority.rows import Row
from analyzers.finding import Safety
from analyzers.fixes.definitions import Definition, imported, is_free_for
from analyzers.fixes.guards import scope_of
from analyzers.fixes.rewrite import insert_first_statement
from analyzers.frameworks.mcp import Framework
from analyzers.project.program import Function
from analyzers.project.versions import allowed
from analyzers.rule import Analysis, Proposal

CHECK = """scheme, _, bearer = {request}.headers.get("authorization", "").partition(" ")
access = await {provider}.verify_token(bearer) if scheme.lower() == "bearer" else None
if access is None or (access.expires_at is not None and access.expires_at < time.time()):
    return JSONResponse({{"error": "no token"}}, status_code=401, headers={{"WWW-Authenticate": "Bearer"}})
if "{scope}" not in access.scopes:
    return JSONResponse({{"error": "forbidden"}}, status_code=403)
"""
NEEDED = Definition("", ("import time", "from starlette.responses import JSONResponse"))
BOUND = ("scheme", "bearer", "access")
# The first version of fastmcp in which every provider verifies tokens.
VERIFIES = (2, 11)


def authenticated_route(row: Row, analysis: Analysis, texts: Mapping[str, bytes]) -> Proposal | None:
    """Return the check, first thing in the route; None where the server's provider cannot be named there."""
    handler = row.entry.handler
    text = texts.get(handler.file.path) if handler is not None else None
    if handler is None or text is None or not handler.facts.is_async:
        return None
    provider = _provider(row, analysis, handler, text)
    plain = [parameter.name for parameter in handler.facts.parameters if parameter.name not in ("self", "cls")]
    taken = any(name in handler.facts.names for name in BOUND)
    if not provider or len(plain) != 1 or taken or not is_free_for(handler, NEEDED):
        return None
    scope = scope_of(handler.facts.name)
    check = CHECK.format(request=plain[0], provider=provider, scope=scope)
    edit = insert_first_statement(text, handler, check)
    if edit is None:
        return None
    title = f"Verify the token first (decide the scope; proposed: {scope})"
    return Proposal(title, Safety.REVIEW, (*imported(handler.file.path, NEEDED.imports, text), edit))


def _provider(row: Row, analysis: Analysis, handler: Function, text: bytes) -> str:
    """Return the source of the provider: a name of the module, or `auth` of a server of fastmcp; "" for no other."""
    server, declared = row.entry.server, row.entry.declared
    named = _named(row, handler)
    if named:
        return named
    required = allowed(analysis.program, handler.file.path, "fastmcp")
    if server.framework is not Framework.FASTMCP or (required is not None and required.is_before(VERIFIES)):
        return ""
    if not row.entry.decorated or server.keywords.get("auth", -1) < 0 or declared.function is not handler.parent:
        return ""
    written = text[declared.node.start : declared.node.end].decode()
    owner = written.partition(".custom_route")[0]
    return f"{owner}.auth" if owner.isidentifier() and owner not in handler.facts.names else ""


def _named(row: Row, handler: Function) -> str:
    server = row.entry.server
    keyword = "auth" if server.framework is Framework.FASTMCP else "token_verifier"
    value, site = server.keywords.get(keyword, -1), server.site.function
    if value < 0 or site is not handler.file.module:
        return ""
    same = [name for name, bound in site.facts.names.items() if bound == (value,)]
    return same[0] if same and same[0] not in handler.facts.names else ""
