"""Hooks around the calls of a server of fastmcp, as changes to a file."""

from analyzers.authority.servers import ServerState
from analyzers.finding import Edit, Safety
from analyzers.fixes.callers import HTTP_REQUEST
from analyzers.fixes.rewrite import add_import, replace_value
from analyzers.project.program import Function
from analyzers.project.targets import Reference
from analyzers.rule import Proposal

ALLOWED_TOOLS = """
class AllowedTools({base}):
    def _allows(self, name: str) -> bool:
{local}        token = get_access_token()
        return token is not None and name in token.claims.get("allowed_tools", ())

    async def on_list_tools(self, context, call_next):
        return [tool for tool in await call_next(context) if self._allows(tool.name)]

    async def on_call_tool(self, context, call_next):
        if not self._allows(context.message.name):
{told}            raise ToolError("forbidden")
        return await call_next(context)
"""
LOCAL = """\
        try:
            get_http_request()
        except RuntimeError:
            return True  # Over stdio whoever started the server calls.
"""
# What is refused never comes to a record that is further in, or made once the call is back.
TOLD = """\
            logging.getLogger("audit").warning("refused", extra={"tool": context.message.name})
"""
# The first version with what hooks ask for.
HOOKED = (2, 11)
IDENTITY = "from fastmcp.server.dependencies import get_access_token"
MIDDLEWARE = "from fastmcp.server.middleware import {base}"
ERROR = "from fastmcp.exceptions import ToolError"


def with_allowed_tools(state: ServerState, text: bytes | None) -> Proposal | None:
    """Refuse calls of tools that the caller's token does not list; how it comes to list them is to be decided.

    Over stdio, where there is no request, all of them run. What is refused is recorded where other calls are.
    """
    site, only_http = state.server.site, state.transport == "http"
    hook = ALLOWED_TOOLS.replace("{local}", "" if only_http else LOCAL)
    hook = hook.replace("{told}", TOLD if state.audit.tool else "")
    imports = ("import logging",) if state.audit.tool else ()
    imports = (*imports, ERROR, IDENTITY) if only_http else (*imports, ERROR, IDENTITY, HTTP_REQUEST)
    edits = attached(site, text, ("AllowedTools", hook), imports)
    title = "Refuse tools that the token does not list (decide how `allowed_tools` is issued)"
    return Proposal(title, Safety.REVIEW, edits) if edits else None


def attached(site: Reference, text: bytes | None, hook: tuple[str, str], imports: tuple[str, ...]) -> tuple[Edit, ...]:
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
    base, hooked = base_of(function)
    needed = [edit for statement in (*imports, hooked) if (edit := add_import(text, path, statement)) is not None]
    # Modules that a server's file imports below it, since they register with it, come too late for its hooks.
    late = "".join(edit.text for edit in needed if edit.start > position)
    added = (edit for edit in needed if edit.start <= position)
    head = f"{'' if newline else chr(10)}{late}\n{definition.replace('{base}', base)}"
    block = f"{head}\n\n{server}.add_middleware({name}())\n"
    return (*added, Edit(path, position, position, block))


def base_of(function: Function) -> tuple[str, str]:
    """Return the name of the class of hooks in a function's file, and the statement that imports it.

    Starlette has a class of the same name, which servers import to put around their application.
    """
    is_taken = not function.file.is_free_for("Middleware", "fastmcp.server.middleware")
    base = "ToolMiddleware" if is_taken else "Middleware"
    return base, MIDDLEWARE.format(base=f"Middleware as {base}" if is_taken else base)


def is_written(reference: Reference) -> bool:
    """Tell whether a hook is written where it is attached, not bound to a name before."""
    bound = reference.function.facts.names.values()
    return reference.node.op == "call" and not any(reference.value in values for values in bound)


def swapped(first: Reference, second: Reference, text: bytes) -> tuple[Edit, Edit]:
    """Return the changes that attach two hooks in each other's place."""
    texts = [text[item.node.start : item.node.end].decode() for item in (first, second)]
    return (
        replace_value(first.function, first.value, texts[1]),
        replace_value(second.function, second.value, texts[0]),
    )
