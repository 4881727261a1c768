"""The shop's tools: every call is authorized by the claim `allowed_tools`, acts with a token of its own, and is recorded."""

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


async def exchanged(audience: str) -> str:
    """Exchange the caller's token for one that only this downstream takes (RFC 8693)."""
    form = {
        "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
        "subject_token": get_access_token().token,
        "subject_token_type": "urn:ietf:params:oauth:token-type:access_token",
        "audience": audience,
    }
    async with httpx.AsyncClient() as client:
        answer = await client.post("https://login.example.com/token", data=form)
        return answer.json()["access_token"]


@mcp.tool
async def get_invoice(number: int) -> str:
    require_tool("get_invoice")
    headers = {"Authorization": f"Bearer {await exchanged('https://billing.example.com')}"}
    async with httpx.AsyncClient(headers=headers) as client:
        return (await client.get("https://billing.example.com/invoices", params={"number": number})).text


@mcp.tool
async def list_orders(customer: int) -> str:
    require_tool("list_orders")
    headers = {"Authorization": f"Bearer {await exchanged('https://crm.example.com')}"}
    async with httpx.AsyncClient(headers=headers) as client:
        return (await client.get("https://crm.example.com/orders", params={"customer": customer})).text


if __name__ == "__main__":
    mcp.run(transport="http", host="127.0.0.1", port=int(os.environ.get("PORT", "8080")))
