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
