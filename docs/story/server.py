"""The shop's tools: every call is authorized by the claim `allowed_tools` and recorded."""

import logging
import os

import httpx
from fastmcp import FastMCP
from fastmcp.exceptions import ToolError
from fastmcp.server.auth.providers.jwt import JWTVerifier
from fastmcp.server.dependencies import get_access_token
from fastmcp.server.middleware import Middleware

audit = logging.getLogger("audit")


class Audit(Middleware):
    async def on_call_tool(self, context, call_next):
        token, outcome = get_access_token(), "failed"
        try:
            result = await call_next(context)
            outcome = "done"
            return result
        finally:
            audit.info("call", extra={"tool": context.message.name, "subject": token.claims["sub"], "outcome": outcome})


mcp = FastMCP(
    "shop",
    auth=JWTVerifier(
        jwks_uri="https://login.example.com/keys", issuer="https://login.example.com/", audience="https://shop.example.com"
    ),
    middleware=[Audit()],
)


def require_tool(name: str) -> None:
    token = get_access_token()
    if token is None or name not in token.claims.get("allowed_tools", []):
        raise ToolError("this token does not allow the tool")


crm = httpx.AsyncClient(
    base_url="https://crm.example.com", headers={"Authorization": f"Bearer {os.environ['CRM_TOKEN']}"}
)


@mcp.tool
async def get_invoice(number: int) -> str:
    require_tool("get_invoice")
    return (await crm.get("/invoices", params={"number": number})).text


@mcp.tool
async def list_orders(customer: int) -> str:
    require_tool("list_orders")
    return (await crm.get("/orders", params={"customer": customer})).text


if __name__ == "__main__":
    mcp.run(transport="http", host="127.0.0.1", port=int(os.environ.get("PORT", "8080")))
