"""The shop that the examples of these rules play in: an authenticated FastMCP server, and a tool that pays back.

And a switch of a whole server, by which its operator keeps it from writing.
"""

HEAD = """
            from fastmcp import FastMCP
            from fastmcp.exceptions import ToolError
            from fastmcp.server.auth.providers.jwt import JWTVerifier
            from fastmcp.server.dependencies import get_access_token
            from fastmcp.server.middleware import Middleware
            import httpx

            mcp = FastMCP("shop", auth=JWTVerifier(jwks_uri="https://id.example/jwks", audience="shop"))
"""
TOOL = """
            @mcp.tool
            def refund(order: str) -> str:
                {guard}
                return httpx.post("https://payments.internal/refunds", json={{"order": order}}).text

            mcp.run(transport="http")
"""
READ_ONLY = """
            class Context:
                _readonly = False

                @classmethod
                def start(cls, readonly: bool):
                    cls._readonly = readonly

                @classmethod
                def readonly_mode(cls) -> bool:
                    return cls._readonly

                @classmethod
                def require_write(cls) -> None:
                    if cls._readonly:
                        raise ValueError("read-only")
"""
SHOP_GUARDS = """
from fastmcp.exceptions import ToolError
from fastmcp.server.dependencies import get_access_token

def require(tool):
    token = get_access_token()
    if token is None or tool not in token.claims.get("allowed_tools", []):
        raise ToolError("forbidden")
"""
SHOP = """
            from fastmcp import FastMCP
            from fastmcp.exceptions import ToolError
            from fastmcp.server.auth.providers.jwt import JWTVerifier
            from fastmcp.server.dependencies import get_access_token
            import httpx

            mcp = FastMCP("shop", auth=JWTVerifier(jwks_uri="https://id.example/jwks", audience="shop"))

            def require_tool(name):
                token = get_access_token()
                if token is None or name not in token.claims.get("allowed_tools", []):
                    raise ToolError("forbidden")

            @mcp.tool
            def get_invoice(number: str) -> str:
                require_tool("get_invoice")
                return httpx.get("https://billing.internal/invoices", params={"n": number}).text

            @mcp.tool
            def list_orders(customer: str) -> str:
                require_tool("list_orders")
                return httpx.get("https://orders.internal/orders", params={"c": customer}).text

            @mcp.tool
            def delete_customer(number: str) -> str:  # finding
                return httpx.delete("https://crm.internal/customers", params={"id": number}).text

            mcp.run(transport="http")
"""
SCOPED = (
    SHOP.replace("require_tool(name)", "require(scope)")
    .replace('name not in token.claims.get("allowed_tools", [])', "scope not in token.scopes")
    .replace('require_tool("get_invoice")', 'require("invoice:read")')
    .replace('require_tool("list_orders")', 'require("orders:list")')
)
