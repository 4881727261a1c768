"""The hook that records every call, as a change to a file."""

from analyzers.authority.servers import ServerState
from analyzers.finding import Edit, Safety
from analyzers.frameworks.mcp import Framework
from analyzers.rewrite import add_import
from analyzers.rule import Proposal

RECORDER = """

class ToolAudit(Middleware):
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
IMPORTS = (
    "import logging",
    "from fastmcp.server.dependencies import get_access_token",
    "from fastmcp.server.middleware import Middleware",
)


def with_recorder(state: ServerState, path: str, text: bytes | None) -> Proposal | None:
    """Add a hook behind the construction of a server of fastmcp, in front of all that are attached later."""
    site = state.server.site
    name = next((name for name, values in site.function.facts.names.items() if site.value in values), "")
    if text is None or not name or site.function.facts.kind != "module" or site.function.file.path != path:
        return None
    if state.server.framework is not Framework.FASTMCP or state.server.generated:
        return None
    end = text.find(b"\n", site.node.end)
    if end < 0 or text[site.node.end : end].partition(b"#")[0].strip():
        return None
    position = site.function.location(end + 1, end + 1).span.start
    block = f"{RECORDER}{name}.add_middleware(ToolAudit())\n"
    imports = [edit for statement in IMPORTS if (edit := add_import(text, path, statement)) is not None]
    return Proposal(
        "Record every call in a hook in front of the others",
        Safety.REVIEW,
        (Edit(path, position, position, block), *imports),
    )
