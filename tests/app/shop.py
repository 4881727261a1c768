"""A small MCP server that verifies a token at the connection and authorizes each call, and changes to it."""

SERVER = """\
import logging

import httpx
from fastmcp import FastMCP
from fastmcp.exceptions import ToolError
from fastmcp.server.auth.providers.jwt import JWTVerifier
from fastmcp.server.dependencies import get_access_token
from fastmcp.server.middleware import Middleware

verifier = JWTVerifier(jwks_uri="https://idp.example/jwks", issuer="https://idp.example", audience="shop")
audit = logging.getLogger("audit")
mcp = FastMCP("shop", auth=verifier)


class ToolAudit(Middleware):
    async def on_call_tool(self, context, call_next):
        token = get_access_token()
        subject = token.claims.get("sub") if token else None
        outcome = "failed"
        try:
            result = await call_next(context)
            outcome = "succeeded"
            return result
        finally:
            audit.info("tool call", extra={"tool": context.message.name, "subject": subject, "outcome": outcome})


mcp.add_middleware(ToolAudit())


def require_tool(name: str) -> None:
    token = get_access_token()
    if token is None or name not in token.claims.get("allowed_tools", []):
        raise ToolError("not allowed")


@mcp.tool
async def get_invoice(invoice_id: str) -> str:
    require_tool("get_invoice")
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"https://billing.internal/invoices/{invoice_id}")
    return answer.text


"""
MAIN = """\
if __name__ == "__main__":
    mcp.run(transport="http", host_origin_protection="auto")
"""
GUARD = '    require_tool("{name}")\n'
TOOL = """\
@mcp.tool
async def {name}(customer_id: str) -> str:
{guard}    async with httpx.AsyncClient() as client:
        await client.delete(f"https://crm.internal/customers/{{customer_id}}")
    return "deleted"


"""
PROJECT = '[project]\nname = "shop"\nversion = "1"\ndependencies = ["fastmcp>=4.1"]\n'
BASE = {"server.py": SERVER + MAIN, "pyproject.toml": PROJECT}
NAME = "delete_customer_record"


def tool(name: str = NAME, guarded: bool = False) -> str:
    """Return a tool that deletes a customer."""
    return TOOL.format(name=name, guard=GUARD.format(name=name) if guarded else "")


def with_tools(*tools: str) -> dict[str, str]:
    """Return the server's file with more tools."""
    return {"server.py": SERVER + "".join(tools) + MAIN}


UNGUARDED = with_tools(tool())
GUARDED = with_tools(tool(guarded=True))
