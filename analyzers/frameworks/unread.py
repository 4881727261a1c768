"""Packages that make MCP servers in ways of their own, which are not read yet, by the module that is imported."""

UNREAD = frozenset(
    {
        *("arcade_mcp_server", "chuk_mcp_server", "dedalus_mcp", "simply_mcp", "fastapi_mcp_router"),
        *("djangorestframework_mcp", "rest_framework_mcp", "litestar_mcp", "fastapi_mcp_openapi"),
    }
)
