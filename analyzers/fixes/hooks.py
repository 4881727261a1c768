"""Hooks around the calls of a server of fastmcp, as changes to a file: records of calls, and a check of their names."""

from analyzers.authority.servers import ServerState
from analyzers.finding import Edit, Safety
from analyzers.fixes.rewrite import add_import
from analyzers.frameworks.mcp import Framework
from analyzers.project.targets import Reference
from analyzers.rule import Proposal

RECORDER = """
class ToolAudit({base}):
    async def on_call_tool(self, context, call_next):
        token = get_access_token()
        record = {
            "tool": context.message.name,
            "client": token.client_id if token else None,
            "subject": token.claims.get("sub") if token else None,
            "arguments": sorted(context.message.arguments or {}),
        }
        try:
            result = await call_next(context)
        except Exception as error:
            logging.getLogger("audit").warning("tool_call", extra={"mcp": record | {"outcome": type(error).__name__}})
            raise
        logging.getLogger("audit").info("tool_call", extra={"mcp": record | {"outcome": "ok"}})
        return result
"""
ALLOWED_TOOLS = """
class AllowedTools({base}):
    def _allowed(self) -> frozenset[str]:
        token = get_access_token()
        return frozenset(token.claims.get("allowed_tools", ())) if token else frozenset()

    async def on_list_tools(self, context, call_next):
        allowed = self._allowed()
        return [tool for tool in await call_next(context) if tool.name in allowed]

    async def on_call_tool(self, context, call_next):
        if context.message.name not in self._allowed():
            raise ToolError("forbidden")
        return await call_next(context)
"""
IDENTITY = "from fastmcp.server.dependencies import get_access_token"
MIDDLEWARE = "from fastmcp.server.middleware import {base}"
ERROR = "from fastmcp.exceptions import ToolError"


def with_recorder(state: ServerState, path: str, text: bytes | None) -> Proposal | None:
    """Record calls in front of all hooks that are attached later."""
    site = state.server.site
    if state.server.framework is not Framework.FASTMCP or state.server.generated or site.function.file.path != path:
        return None
    edits = _attached(site, text, ("ToolAudit", RECORDER), ("import logging", IDENTITY))
    title = "Record every call in a hook in front of the others"
    return Proposal(title, Safety.REVIEW, edits, outer=True) if edits else None


def with_allowed_tools(site: Reference, text: bytes | None) -> Proposal | None:
    """Refuse calls of tools that the caller's token does not list; how it comes to list them is to be decided."""
    edits = _attached(site, text, ("AllowedTools", ALLOWED_TOOLS), (ERROR, IDENTITY))
    title = "Refuse tools that the token does not list (decide how `allowed_tools` is issued)"
    return Proposal(title, Safety.REVIEW, edits) if edits else None


def _attached(site: Reference, text: bytes | None, hook: tuple[str, str], imports: tuple[str, ...]) -> tuple[Edit, ...]:
    """Return the edits that define a hook behind the line that makes a module's server, and attach it there."""
    function, path = site.function, site.function.file.path
    server = next((name for name, values in function.facts.names.items() if site.value in values), "")
    if text is None or not server or function.facts.kind != "module":
        return ()
    line, newline, _ = text[site.node.end :].partition(b"\n")
    if line.partition(b"#")[0].strip():
        return ()
    end = site.node.end + len(line) + len(newline)
    position = function.location(end, end).span.start
    name, definition = hook
    # Starlette has a class of the same name, which servers import to put around their application.
    is_taken = not function.file.is_free_for("Middleware", "fastmcp.server.middleware")
    base = "ToolMiddleware" if is_taken else "Middleware"
    block = f"{'' if newline else chr(10)}\n{definition.replace('{base}', base)}\n\n{server}.add_middleware({name}())\n"
    hooked = MIDDLEWARE.format(base=f"Middleware as {base}" if is_taken else base)
    added = (edit for statement in (*imports, hooked) if (edit := add_import(text, path, statement)) is not None)
    return (*added, Edit(path, position, position, block))
